# Probability that a run of one method scores more than one of another.
# Run me here, beside my data: gnuplot returns-cartpole-improvement.gp
set encoding utf8
set terminal pngcairo size 1000,1090 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
if (!exists('picture')) picture = 'returns-cartpole-improvement.png'
set output picture
set datafile separator ','
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set grid back lc '#cccccc' lw .7 dt 1
set style fill solid 1 noborder
set datafile columnheaders
set lmargin at screen 0.1820
set rmargin at screen 0.8180
set xrange [0:1]
set xtics nomirror .25
set title 'left better than right'
set xlabel 'probability'
set arrow 1 from .5, graph 0 to .5, graph 1 nohead lc '#a04000' lw 1.5 dt 2
set tmargin at screen 0.9486
set bmargin at screen 0.1009
set yrange [20.5:-.5]
set y2range [20.5:-.5]
set ytics nomirror ('defaults' 0, 'defaults' 1, 'defaults' 2, 'defaults' 3, 'defaults' 4, 'defaults' 5, 'no-hold' 6, 'no-hold' 7, 'no-hold' 8, 'no-hold' 9, 'no-hold' 10, 'no-restarts' 11, 'no-restarts' 12, 'no-restarts' 13, 'no-restarts' 14, 'no-play' 15, 'no-play' 16, 'no-play' 17, 'no-corners' 18, 'no-corners' 19, 'no-ahead' 20)
set y2tics nomirror ('no-hold' 0, 'no-restarts' 1, 'no-play' 2, 'no-corners' 3, 'no-ahead' 4, 'no-choice' 5, 'no-restarts' 6, 'no-play' 7, 'no-corners' 8, 'no-ahead' 9, 'no-choice' 10, 'no-play' 11, 'no-corners' 12, 'no-ahead' 13, 'no-choice' 14, 'no-corners' 15, 'no-ahead' 16, 'no-choice' 17, 'no-ahead' 18, 'no-choice' 19, 'no-choice' 20)
plot 'returns-cartpole-improvement.csv' using 3:0:4:5 with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#0072B2' notitle
