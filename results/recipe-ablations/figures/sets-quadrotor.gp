# Learned sets against the exact one.
# Run me here, beside my data: gnuplot sets-quadrotor.gp
set encoding utf8
set terminal pngcairo size 2240,560 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
if (!exists('picture')) picture = 'sets-quadrotor.png'
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
set tmargin at screen 0.73214
set bmargin at screen 0.19643
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'IoU' at graph .5, graph 1.08 center
set yrange [-0.0175742264:0.847893476]
set ytics nomirror 0.2
plot 'sets-quadrotor.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
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
set yrange [-0.472056396:8.339663]
set ytics nomirror 2
plot 'sets-quadrotor.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
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
set yrange [0.348383647:21.075303]
set ytics nomirror 5
plot 'sets-quadrotor.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
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
set yrange [-5.409:95.559]
set ytics nomirror 20
plot 'sets-quadrotor.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'no-hold' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'no-restarts' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'no-corners' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'all-observations' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'sets-quadrotor.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'no-choice' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
unset multiplot
