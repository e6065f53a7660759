# Probability that a run of one method scores more than one of another.
# Run me here, beside my data: gnuplot returns-quadrotor-improvement.gp
set encoding utf8
set terminal pngcairo size 1000,826 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
if (!exists('picture')) picture = 'returns-quadrotor-improvement.png'
set output picture
set datafile separator ','
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set grid back lc '#cccccc' lw .7 dt 1
set style fill solid 1 noborder
set datafile columnheaders
set lmargin at screen 0.1340
set rmargin at screen 0.8660
set xrange [0:1]
set xtics nomirror .25
set title 'left better than right'
set xlabel 'probability'
set arrow 1 from .5, graph 0 to .5, graph 1 nohead lc '#a04000' lw 1.5 dt 2
set tmargin at screen 0.9322
set bmargin at screen 0.1332
set yrange [14.5:-.5]
set y2range [14.5:-.5]
set ytics nomirror ('SAC-RIS' 0, 'SAC-RIS' 1, 'SAC-RIS' 2, 'SAC-RIS' 3, 'SAC-RIS' 4, 'RAC' 5, 'RAC' 6, 'RAC' 7, 'RAC' 8, 'SAC-Lag' 9, 'SAC-Lag' 10, 'SAC-Lag' 11, 'DRAC' 12, 'DRAC' 13, 'DRAC-pi' 14)
set y2tics nomirror ('RAC' 0, 'SAC-Lag' 1, 'DRAC' 2, 'DRAC-pi' 3, 'SAC' 4, 'SAC-Lag' 5, 'DRAC' 6, 'DRAC-pi' 7, 'SAC' 8, 'DRAC' 9, 'DRAC-pi' 10, 'SAC' 11, 'DRAC-pi' 12, 'SAC' 13, 'SAC' 14)
plot 'returns-quadrotor-improvement.csv' using 3:0:4:5 with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#0072B2' notitle
