# Probability that a run of one method scores more than one of another.
# Run me here, beside my data: gnuplot safety-quadrotor-improvement.gp
set encoding utf8
set terminal pngcairo size 1000,826 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
if (!exists('picture')) picture = 'safety-quadrotor-improvement.png'
set output picture
set datafile separator ','
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set grid back lc '#cccccc' lw .7 dt 1
set style fill solid 1 noborder
set datafile columnheaders
set lmargin at screen 0.2420
set rmargin at screen 0.7580
set xrange [0:1]
set xtics nomirror .25
set title 'left better than right'
set xlabel 'probability'
set arrow 1 from .5, graph 0 to .5, graph 1 nohead lc '#a04000' lw 1.5 dt 2
set tmargin at screen 0.9322
set bmargin at screen 0.1332
set yrange [14.5:-.5]
set y2range [14.5:-.5]
set ytics nomirror ('defaults' 0, 'defaults' 1, 'defaults' 2, 'defaults' 3, 'defaults' 4, 'no-hold' 5, 'no-hold' 6, 'no-hold' 7, 'no-hold' 8, 'no-restarts' 9, 'no-restarts' 10, 'no-restarts' 11, 'no-corners' 12, 'no-corners' 13, 'all-observations' 14)
set y2tics nomirror ('no-hold' 0, 'no-restarts' 1, 'no-corners' 2, 'all-observations' 3, 'no-choice' 4, 'no-restarts' 5, 'no-corners' 6, 'all-observations' 7, 'no-choice' 8, 'no-corners' 9, 'all-observations' 10, 'no-choice' 11, 'all-observations' 12, 'no-choice' 13, 'no-choice' 14)
plot 'safety-quadrotor-improvement.csv' using 3:0:4:5 with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#0072B2' notitle
