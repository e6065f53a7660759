# Learned sets against the exact one.
# Run me here, beside my data: gnuplot sets-double-integrator.gp
set encoding utf8
set terminal pngcairo size 2240,620 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
if (!exists('picture')) picture = 'sets-double-integrator.png'
set output picture
set datafile separator ','
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set grid back lc '#cccccc' lw .7 dt 1
set style fill solid 1 noborder
set multiplot
set tmargin at screen 1.00000
set bmargin at screen 0.73226
set lmargin at screen 0
set rmargin at screen 1
set key at screen .5,screen .99 center top vertical maxrows 5 samplen 3 reverse Left
unset border
unset tics
set xrange [0:1]
set yrange [0:1]
plot NaN with lines lw 4 dt 1 lc rgb '#7F7F7F' title 'tuned', \
  NaN with lines lw 4 dt 1 lc rgb '#0072B2' title 'γ_h=.99', \
  NaN with lines lw 4 dt 1 lc rgb '#D55E00' title 'γ_h=.9999', \
  NaN with lines lw 4 dt 1 lc rgb '#009E73' title 'critic-3e-4', \
  NaN with lines lw 4 dt 1 lc rgb '#CC79A7' title 'critic-3e-3', \
  NaN with lines lw 4 dt 1 lc rgb '#E69F00' title 'player-1e-4', \
  NaN with lines lw 4 dt 1 lc rgb '#56B4E9' title 'player-1e-3', \
  NaN with lines lw 4 dt 1 lc rgb '#000000' title 'width-32', \
  NaN with lines lw 4 dt 1 lc rgb '#0072B2' title 'width-128'
unset key
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set datafile columnheaders
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.66129
set bmargin at screen 0.17742
set xrange [0:1728000]
set xtics nomirror 500000
set format x '%.1s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'IoU' at graph .5, graph 1.08 center
set yrange [-0.0391319551:1.05320959]
set ytics nomirror 0.2
plot 'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#7F7F7F' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'gamma_h=.99' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'gamma_h=.9999' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#000000' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#7F7F7F' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'gamma_h=.99' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'gamma_h=.9999' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#000000' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'IoU' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.66129
set bmargin at screen 0.17742
set xrange [0:1728000]
set xtics nomirror 500000
set format x '%.1s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'falsely safe (%)' at graph .5, graph 1.08 center
set yrange [-0.42325685:7.47753768]
set ytics nomirror 1
plot 'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#7F7F7F' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'gamma_h=.99' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'gamma_h=.9999' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#000000' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#7F7F7F' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'gamma_h=.99' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'gamma_h=.9999' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#000000' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely safe (%)' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle
set lmargin at screen 0.55804
set rmargin at screen 0.73661
set tmargin at screen 0.66129
set bmargin at screen 0.17742
set xrange [0:1728000]
set xtics nomirror 500000
set format x '%.1s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'falsely unsafe (%)' at graph .5, graph 1.08 center
set yrange [-1.99559417:35.3017005]
set ytics nomirror 5
plot 'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#7F7F7F' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'gamma_h=.99' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'gamma_h=.9999' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#000000' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#7F7F7F' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'gamma_h=.99' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'gamma_h=.9999' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#000000' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'falsely unsafe (%)' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle
set lmargin at screen 0.80804
set rmargin at screen 0.98661
set tmargin at screen 0.66129
set bmargin at screen 0.17742
set xrange [0:1728000]
set xtics nomirror 500000
set format x '%.1s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'kept by π_h (%)' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#7F7F7F' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'gamma_h=.99' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'gamma_h=.9999' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#000000' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'tuned' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#7F7F7F' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'gamma_h=.99' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'gamma_h=.9999' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'critic-3e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'critic-3e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'player-1e-4' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'player-1e-3' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'width-32' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#000000' notitle, \
  'sets-double-integrator.csv' using (strcol('panel') eq 'kept by pi_h (%)' && strcol('curve') eq 'width-128' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle
unset multiplot
