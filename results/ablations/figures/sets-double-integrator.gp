# Learned sets against the exact one.
# Run me here, beside my data: gnuplot sets-double-integrator.gp
set encoding utf8
set terminal pngcairo size 2240,560 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
if (!exists('picture')) picture = 'sets-double-integrator.png'
set output picture
set datafile separator ','
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set grid back lc '#cccccc' lw .7 dt 1
set style fill solid 1 noborder
set multiplot
set tmargin at screen 1.00000
set bmargin at screen 0.81071
set lmargin at screen 0
set rmargin at screen 1
set key at screen .5,screen .99 center top vertical maxrows 3 samplen 3 reverse Left
unset border
unset tics
set xrange [0:1]
set yrange [0:1]
plot NaN with lines lw 4 dt 1 lc rgb '#0072B2' title 'full', \
  NaN with lines lw 4 dt 1 lc rgb '#D55E00' title 'no-π_h', \
  NaN with lines lw 4 dt 1 lc rgb '#009E73' title 'no-adversary', \
  NaN with lines lw 4 dt 1 lc rgb '#CC79A7' title 'scalar', \
  NaN with lines lw 4 dt 1 lc rgb '#E69F00' title 'no-annealing'
unset key
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set datafile columnheaders
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.73214
set bmargin at screen 0.19643
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'IoU' at graph .5, graph 1.08 center
set yrange [-0.0554791833:0.980132239]
set ytics nomirror 0.2
plot 'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'full' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'no-pi_h' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'no-adversary' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'scalar' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'no-annealing' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'full' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'no-pi_h' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'no-adversary' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'scalar' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'no-annealing' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.73214
set bmargin at screen 0.19643
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'falsely safe (%)' at graph .5, graph 1.08 center
set yrange [-1.39258929:24.6024108]
set ytics nomirror 5
plot 'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'full' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'no-pi_h' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'no-adversary' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'scalar' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'no-annealing' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'full' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'no-pi_h' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'no-adversary' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'scalar' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'no-annealing' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle
set lmargin at screen 0.55804
set rmargin at screen 0.73661
set tmargin at screen 0.73214
set bmargin at screen 0.19643
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'falsely unsafe (%)' at graph .5, graph 1.08 center
set yrange [-2.03772184:35.9997525]
set ytics nomirror 5
plot 'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'full' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'no-pi_h' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'no-adversary' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'scalar' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'no-annealing' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'full' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'no-pi_h' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'no-adversary' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'scalar' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'no-annealing' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle
set lmargin at screen 0.80804
set rmargin at screen 0.98661
set tmargin at screen 0.73214
set bmargin at screen 0.19643
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'kept by π_h (%)' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'full' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'no-pi_h' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'no-adversary' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'scalar' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'no-annealing' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'full' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'no-pi_h' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'no-adversary' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'scalar' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'no-annealing' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle
unset multiplot
