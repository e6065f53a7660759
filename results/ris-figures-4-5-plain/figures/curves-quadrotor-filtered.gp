# Return and violations in short evaluations while training.
# Run me here, beside my data: gnuplot curves-quadrotor-filtered.gp
set encoding utf8
set terminal pngcairo size 2240,874 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
if (!exists('picture')) picture = 'curves-quadrotor-filtered.png'
set output picture
set datafile separator ','
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set grid back lc '#cccccc' lw .7 dt 1
set style fill solid 1 noborder
set multiplot
set tmargin at screen 1.00000
set bmargin at screen 0.91304
set lmargin at screen 0
set rmargin at screen 1
set key at screen .5,screen .99 center top vertical maxrows 2 samplen 3 reverse Left
unset border
unset tics
set xrange [0:1]
set yrange [0:1]
plot NaN with lines lw 4 dt 1 lc rgb '#009E73' title 'SAC-RIS', \
  NaN with lines lw 4 dt 1 lc rgb '#0072B2' title 'DRAC', \
  NaN with lines lw 4 dt 1 lc rgb '#CC79A7' title 'DRAC-π'
unset key
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set datafile columnheaders
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.86270
set bmargin at screen 0.51945
set xrange [0:2500032]
set xtics nomirror 1000000
set format x ''
unset xlabel
set label 2 'return of an episode' at screen 0.00982,graph .5 center rotate by 90
set label 1 'safety' at graph .5, graph 1.08 center
set yrange [-1054.74166:668.402628]
set ytics nomirror 200
plot 'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC-pi' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC-pi' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.86270
set bmargin at screen 0.51945
set xrange [0:2500032]
set xtics nomirror 1000000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'constant' at graph .5, graph 1.08 center
set yrange [-1052.13909:666.925781]
set ytics nomirror 200
plot 'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC-pi' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC-pi' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle
set lmargin at screen 0.55804
set rmargin at screen 0.73661
set tmargin at screen 0.86270
set bmargin at screen 0.51945
set xrange [0:2500032]
set xtics nomirror 1000000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'square' at graph .5, graph 1.08 center
set yrange [-1052.90991:668.492518]
set ytics nomirror 200
plot 'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'DRAC-pi' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'DRAC-pi' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle
set lmargin at screen 0.80804
set rmargin at screen 0.98661
set tmargin at screen 0.86270
set bmargin at screen 0.51945
set xrange [0:2500032]
set xtics nomirror 1000000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'search' at graph .5, graph 1.08 center
set yrange [-1059.32061:668.988137]
set ytics nomirror 200
plot 'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'DRAC-pi' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'DRAC-pi' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.46911
set bmargin at screen 0.12586
set xrange [0:2500032]
set xtics nomirror 1000000
set format x '%.1s%c'
set xlabel 'environment steps'
set label 2 'violating episodes (%)' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC-pi' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC-pi' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.46911
set bmargin at screen 0.12586
set xrange [0:2500032]
set xtics nomirror 1000000
set format x '%.1s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC-pi' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC-pi' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle
set lmargin at screen 0.55804
set rmargin at screen 0.73661
set tmargin at screen 0.46911
set bmargin at screen 0.12586
set xrange [0:2500032]
set xtics nomirror 1000000
set format x '%.1s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'DRAC-pi' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'DRAC-pi' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle
set lmargin at screen 0.80804
set rmargin at screen 0.98661
set tmargin at screen 0.46911
set bmargin at screen 0.12586
set xrange [0:2500032]
set xtics nomirror 1000000
set format x '%.1s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'DRAC-pi' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-quadrotor-filtered.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'DRAC-pi' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle
unset multiplot
