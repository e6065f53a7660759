# Probability that a run of one method scores more than one of another.
# Run me here, beside my data: gnuplot returns-litres-improvement.gp
set encoding utf8
set terminal pngcairo size 1000,210 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
if (!exists('picture')) picture = 'returns-litres-improvement.png'
set output picture
set datafile separator ','
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set grid back lc '#cccccc' lw .7 dt 1
set style fill solid 1 noborder
set datafile columnheaders
set lmargin at screen 0.1580
set rmargin at screen 0.8420
set xrange [0:1]
set xtics nomirror .25
set title 'left better than right'
set xlabel 'probability'
set arrow 1 from .5, graph 0 to .5, graph 1 nohead lc '#a04000' lw 1.5 dt 2
set tmargin at screen 0.7333
set bmargin at screen 0.5238
set yrange [0.5:-.5]
set y2range [0.5:-.5]
set ytics nomirror ('defaults' 0)
set y2tics nomirror ('no-scales' 0)
plot 'returns-litres-improvement.csv' using 3:0:4:5 with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#0072B2' notitle
