# Return and violations in short evaluations while training.
# Run me here, beside my data: gnuplot curves-cartpole.gp
set encoding utf8
set terminal pngcairo size 2240,1672 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
if (!exists('picture')) picture = 'curves-cartpole.png'
set output picture
set datafile separator ','
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set grid back lc '#cccccc' lw .7 dt 1
set style fill solid 1 noborder
set multiplot
set tmargin at screen 1.00000
set bmargin at screen 0.95455
set lmargin at screen 0
set rmargin at screen 1
set key at screen .5,screen .99 center top vertical maxrows 2 samplen 3 reverse Left
unset border
unset tics
set xrange [0:1]
set yrange [0:1]
plot NaN with lines lw 4 dt 1 lc rgb '#009E73' title 'SAC-RIS', \
  NaN with lines lw 4 dt 1 lc rgb '#56B4E9' title 'RAC', \
  NaN with lines lw 4 dt 1 lc rgb '#E69F00' title 'SAC-Lag'
unset key
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set datafile columnheaders
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.92823
set bmargin at screen 0.74880
set xrange [0:774336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 'return of an episode' at screen 0.00982,graph .5 center rotate by 90
set label 1 'none' at graph .5, graph 1.08 center
set yrange [-13.2039629:240.143019]
set ytics nomirror 50
plot 'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.92823
set bmargin at screen 0.74880
set xrange [0:774336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'safety' at graph .5, graph 1.08 center
set yrange [-22.6364661:238.636986]
set ytics nomirror 50
plot 'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle
set lmargin at screen 0.55804
set rmargin at screen 0.73661
set tmargin at screen 0.92823
set bmargin at screen 0.74880
set xrange [0:774336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'random' at graph .5, graph 1.08 center
set yrange [-31.2527283:239.174681]
set ytics nomirror 50
plot 'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle
set lmargin at screen 0.80804
set rmargin at screen 0.98661
set tmargin at screen 0.92823
set bmargin at screen 0.74880
set xrange [0:774336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'constant' at graph .5, graph 1.08 center
set yrange [-9.72479114:226.66411]
set ytics nomirror 50
plot 'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.45096
set bmargin at screen 0.27153
set xrange [0:774336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 'return of an episode' at screen 0.00982,graph .5 center rotate by 90
set label 1 'square' at graph .5, graph 1.08 center
set yrange [-18.8608876:234.980501]
set ytics nomirror 50
plot 'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.45096
set bmargin at screen 0.27153
set xrange [0:774336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'search' at graph .5, graph 1.08 center
set yrange [-74.0869893:239.604689]
set ytics nomirror 50
plot 'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.72249
set bmargin at screen 0.54306
set xrange [0:774336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 'violating episodes (%)' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.72249
set bmargin at screen 0.54306
set xrange [0:774336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle
set lmargin at screen 0.55804
set rmargin at screen 0.73661
set tmargin at screen 0.72249
set bmargin at screen 0.54306
set xrange [0:774336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle
set lmargin at screen 0.80804
set rmargin at screen 0.98661
set tmargin at screen 0.72249
set bmargin at screen 0.54306
set xrange [0:774336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.24522
set bmargin at screen 0.06579
set xrange [0:774336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 'violating episodes (%)' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.24522
set bmargin at screen 0.06579
set xrange [0:774336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'SAC-RIS' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'curves-cartpole.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle
unset multiplot
