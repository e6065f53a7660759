# Interquartile mean and mean over runs and tasks, with intervals.
# Run me here, beside my data: gnuplot safety-quadrotor-intervals.gp
set encoding utf8
set terminal pngcairo size 1000,430 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
if (!exists('picture')) picture = 'safety-quadrotor-intervals.png'
set output picture
set datafile separator ','
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set grid back lc '#cccccc' lw .7 dt 1
set style fill solid 1 noborder
set datafile columnheaders
set multiplot
set format x '%.4g'
set xtics nomirror font ',12'
set tmargin at screen 0.8698
set bmargin at screen 0.2558
set lmargin at screen 0.2420
set rmargin at screen 0.5710
set title 'interquartile mean'
set xlabel 'share of safe episodes'
set yrange [5.5:-.5]
set ytics nomirror ('defaults' 0, 'no-hold' 1, 'no-restarts' 2, 'no-corners' 3, 'all-observations' 4, 'no-choice' 5)
plot 'safety-quadrotor-intervals.csv' every ::0::0 using (column('iqm')):(0):(column('iqm_low')):(column('iqm_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#009E73' notitle, \
  'safety-quadrotor-intervals.csv' every ::1::1 using (column('iqm')):(1):(column('iqm_low')):(column('iqm_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#0072B2' notitle, \
  'safety-quadrotor-intervals.csv' every ::2::2 using (column('iqm')):(2):(column('iqm_low')):(column('iqm_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#D55E00' notitle, \
  'safety-quadrotor-intervals.csv' every ::3::3 using (column('iqm')):(3):(column('iqm_low')):(column('iqm_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#CC79A7' notitle, \
  'safety-quadrotor-intervals.csv' every ::4::4 using (column('iqm')):(4):(column('iqm_low')):(column('iqm_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#E69F00' notitle, \
  'safety-quadrotor-intervals.csv' every ::5::5 using (column('iqm')):(5):(column('iqm_low')):(column('iqm_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#56B4E9' notitle
set lmargin at screen 0.6210
set rmargin at screen 0.9500
set title 'mean'
set xlabel 'share of safe episodes'
set yrange [5.5:-.5]
set ytics nomirror ('' 0, '' 1, '' 2, '' 3, '' 4, '' 5)
plot 'safety-quadrotor-intervals.csv' every ::0::0 using (column('mean')):(0):(column('mean_low')):(column('mean_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#009E73' notitle, \
  'safety-quadrotor-intervals.csv' every ::1::1 using (column('mean')):(1):(column('mean_low')):(column('mean_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#0072B2' notitle, \
  'safety-quadrotor-intervals.csv' every ::2::2 using (column('mean')):(2):(column('mean_low')):(column('mean_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#D55E00' notitle, \
  'safety-quadrotor-intervals.csv' every ::3::3 using (column('mean')):(3):(column('mean_low')):(column('mean_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#CC79A7' notitle, \
  'safety-quadrotor-intervals.csv' every ::4::4 using (column('mean')):(4):(column('mean_low')):(column('mean_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#E69F00' notitle, \
  'safety-quadrotor-intervals.csv' every ::5::5 using (column('mean')):(5):(column('mean_low')):(column('mean_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#56B4E9' notitle
unset multiplot
