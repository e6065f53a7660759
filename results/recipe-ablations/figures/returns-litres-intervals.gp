# Interquartile mean and mean over runs and tasks, with intervals.
# Run me here, beside my data: gnuplot returns-litres-intervals.gp
set encoding utf8
set terminal pngcairo size 1000,254 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
if (!exists('picture')) picture = 'returns-litres-intervals.png'
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
set tmargin at screen 0.7795
set bmargin at screen 0.4331
set lmargin at screen 0.1580
set rmargin at screen 0.5290
set title 'interquartile mean'
set xlabel 'return of an episode'
set yrange [1.5:-.5]
set ytics nomirror ('defaults' 0, 'no-scales' 1)
plot 'returns-litres-intervals.csv' every ::0::0 using (column('iqm')):(0):(column('iqm_low')):(column('iqm_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#0072B2' notitle, \
  'returns-litres-intervals.csv' every ::1::1 using (column('iqm')):(1):(column('iqm_low')):(column('iqm_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#D55E00' notitle
set lmargin at screen 0.5790
set rmargin at screen 0.9500
set title 'mean'
set xlabel 'return of an episode'
set yrange [1.5:-.5]
set ytics nomirror ('' 0, '' 1)
plot 'returns-litres-intervals.csv' every ::0::0 using (column('mean')):(0):(column('mean_low')):(column('mean_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#0072B2' notitle, \
  'returns-litres-intervals.csv' every ::1::1 using (column('mean')):(1):(column('mean_low')):(column('mean_high')) with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#D55E00' notitle
unset multiplot
