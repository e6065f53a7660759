# Interquartile mean and mean over runs and tasks, with intervals.
# Run me here, beside my data: gnuplot safety-racing-car-intervals.gp
set terminal pngcairo size 1000,254 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
set output 'safety-racing-car-intervals.png'
set datafile separator ','
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set grid back lc '#cccccc' lw .7 dt 1
set style fill solid 1 noborder
set datafile columnheaders
set multiplot
set format x '%.4g'
set tmargin at screen 0.7795
set bmargin at screen 0.4331
set lmargin at screen 0.0980
set rmargin at screen 0.4990
set title 'interquartile mean'
set xlabel 'share of safe episodes'
set yrange [1.5:-.5]
set ytics nomirror ('DRAC' 0, 'SAC' 1)
plot 'safety-racing-car-intervals.csv' every ::0::0 using (column('iqm')):(0):(column('iqm_low')):(column('iqm_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#0072B2' notitle, \
  'safety-racing-car-intervals.csv' every ::1::1 using (column('iqm')):(1):(column('iqm_low')):(column('iqm_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#D55E00' notitle
set lmargin at screen 0.5490
set rmargin at screen 0.9500
set title 'mean'
set xlabel 'share of safe episodes'
set yrange [1.5:-.5]
set ytics nomirror ('' 0, '' 1)
plot 'safety-racing-car-intervals.csv' every ::0::0 using (column('mean')):(0):(column('mean_low')):(column('mean_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#0072B2' notitle, \
  'safety-racing-car-intervals.csv' every ::1::1 using (column('mean')):(1):(column('mean_low')):(column('mean_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#D55E00' notitle
unset multiplot
