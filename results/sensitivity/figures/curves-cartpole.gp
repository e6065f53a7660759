# Return and violations in short evaluations while training.
# Run me here, beside my data: gnuplot curves-cartpole.gp
set encoding utf8
set terminal pngcairo size 2240,1762 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
if (!exists('picture')) picture = 'curves-cartpole.png'
set output picture
set datafile separator ','
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set grid back lc '#cccccc' lw .7 dt 1
set style fill solid 1 noborder
set multiplot
set tmargin at screen 1.00000
set bmargin at screen 0.90579
set lmargin at screen 0
set rmargin at screen 1
set key at screen .5,screen .99 center top vertical maxrows 5 samplen 3 reverse Left
unset border
unset tics
set xrange [0:1]
set yrange [0:1]
plot NaN with lines lw 4 dt 1 lc rgb '#0072B2' title 'tuned', \
  NaN with lines lw 4 dt 1 lc rgb '#D55E00' title 'γ_h=.95', \
  NaN with lines lw 4 dt 1 lc rgb '#009E73' title 'γ_h=.999', \
  NaN with lines lw 4 dt 1 lc rgb '#CC79A7' title 'critic-3e-4', \
  NaN with lines lw 4 dt 1 lc rgb '#E69F00' title 'critic-3e-3', \
  NaN with lines lw 4 dt 1 lc rgb '#56B4E9' title 'player-1e-4', \
  NaN with lines lw 4 dt 1 lc rgb '#7F7F7F' title 'player-1e-3', \
  NaN with lines lw 4 dt 1 lc rgb '#000000' title 'width-32', \
  NaN with lines lw 4 dt 1 lc rgb '#0072B2' title 'width-128'
unset key
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set datafile columnheaders
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.88082
set bmargin at screen 0.71056
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 'return of an episode' at screen 0.00982,graph .5 center rotate by 90
set label 1 'none' at graph .5, graph 1.08 center
set yrange [-27.3420127:244.771799]
set ytics nomirror 50
plot 'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.88082
set bmargin at screen 0.71056
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'safety' at graph .5, graph 1.08 center
set yrange [-35.801351:244.32326]
set ytics nomirror 50
plot 'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle
set lmargin at screen 0.55804
set rmargin at screen 0.73661
set tmargin at screen 0.88082
set bmargin at screen 0.71056
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'performance' at graph .5, graph 1.08 center
set yrange [-114.704639:244.765256]
set ytics nomirror 50
plot 'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle
set lmargin at screen 0.80804
set rmargin at screen 0.98661
set tmargin at screen 0.88082
set bmargin at screen 0.71056
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'random' at graph .5, graph 1.08 center
set yrange [-33.48319:243.156201]
set ytics nomirror 50
plot 'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.42792
set bmargin at screen 0.25766
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 'return of an episode' at screen 0.00982,graph .5 center rotate by 90
set label 1 'constant' at graph .5, graph 1.08 center
set yrange [-54.8707827:236.936753]
set ytics nomirror 50
plot 'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.42792
set bmargin at screen 0.25766
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'square' at graph .5, graph 1.08 center
set yrange [-19.4552662:238.992196]
set ytics nomirror 50
plot 'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle
set lmargin at screen 0.55804
set rmargin at screen 0.73661
set tmargin at screen 0.42792
set bmargin at screen 0.25766
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'search' at graph .5, graph 1.08 center
set yrange [-16.582742:240.702019]
set ytics nomirror 50
plot 'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.68558
set bmargin at screen 0.51532
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 'violating episodes (%)' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.68558
set bmargin at screen 0.51532
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle
set lmargin at screen 0.55804
set rmargin at screen 0.73661
set tmargin at screen 0.68558
set bmargin at screen 0.51532
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle
set lmargin at screen 0.80804
set rmargin at screen 0.98661
set tmargin at screen 0.68558
set bmargin at screen 0.51532
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.23269
set bmargin at screen 0.06243
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 'violating episodes (%)' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.23269
set bmargin at screen 0.06243
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle
set lmargin at screen 0.55804
set rmargin at screen 0.73661
set tmargin at screen 0.23269
set bmargin at screen 0.06243
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'gamma_h=.95' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'gamma_h=.999' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#7F7F7F' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#000000' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle
unset multiplot
