# Return and violations in short evaluations while training.
# Run me here, beside my data: gnuplot curves-quadrotor.gp
set encoding utf8
set terminal pngcairo size 2240,1702 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
if (!exists('picture')) picture = 'curves-quadrotor.png'
set output picture
set datafile separator ','
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set grid back lc '#cccccc' lw .7 dt 1
set style fill solid 1 noborder
set multiplot
set tmargin at screen 1.00000
set bmargin at screen 0.93772
set lmargin at screen 0
set rmargin at screen 1
set key at screen .5,screen .99 center top vertical maxrows 3 samplen 3 reverse Left
unset border
unset tics
set xrange [0:1]
set yrange [0:1]
plot NaN with lines lw 4 dt 1 lc rgb '#009E73' title 'defaults', \
  NaN with lines lw 4 dt 1 lc rgb '#0072B2' title 'no-hold', \
  NaN with lines lw 4 dt 1 lc rgb '#D55E00' title 'no-restarts', \
  NaN with lines lw 4 dt 1 lc rgb '#CC79A7' title 'no-corners', \
  NaN with lines lw 4 dt 1 lc rgb '#E69F00' title 'all-observations', \
  NaN with lines lw 4 dt 1 lc rgb '#56B4E9' title 'no-choice'
unset key
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set datafile columnheaders
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.91187
set bmargin at screen 0.73561
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 'return of an episode' at screen 0.00982,graph .5 center rotate by 90
set label 1 'none' at graph .5, graph 1.08 center
set yrange [-171.298338:598.500686]
set ytics nomirror 100
plot 'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.91187
set bmargin at screen 0.73561
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'safety' at graph .5, graph 1.08 center
set yrange [-174.337346:591.423934]
set ytics nomirror 100
plot 'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
set lmargin at screen 0.55804
set rmargin at screen 0.73661
set tmargin at screen 0.91187
set bmargin at screen 0.73561
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'random' at graph .5, graph 1.08 center
set yrange [-171.537016:597.598721]
set ytics nomirror 100
plot 'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
set lmargin at screen 0.80804
set rmargin at screen 0.98661
set tmargin at screen 0.91187
set bmargin at screen 0.73561
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'constant' at graph .5, graph 1.08 center
set yrange [-296.797085:605.139998]
set ytics nomirror 200
plot 'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.44301
set bmargin at screen 0.26675
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 'return of an episode' at screen 0.00982,graph .5 center rotate by 90
set label 1 'square' at graph .5, graph 1.08 center
set yrange [-174.081048:598.11858]
set ytics nomirror 100
plot 'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.44301
set bmargin at screen 0.26675
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'search' at graph .5, graph 1.08 center
set yrange [-808.107114:632.105495]
set ytics nomirror 200
plot 'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.70975
set bmargin at screen 0.53349
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 'violating episodes (%)' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.70975
set bmargin at screen 0.53349
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
set lmargin at screen 0.55804
set rmargin at screen 0.73661
set tmargin at screen 0.70975
set bmargin at screen 0.53349
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
set lmargin at screen 0.80804
set rmargin at screen 0.98661
set tmargin at screen 0.70975
set bmargin at screen 0.53349
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.24089
set bmargin at screen 0.06463
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 'violating episodes (%)' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.24089
set bmargin at screen 0.06463
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-quadrotor.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
unset multiplot
