# Probability that a run of one method scores more than one of another.
# Run me here, beside my data: gnuplot returns-cartpole-improvement.gp
set terminal pngcairo size 1000,826 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
if (!exists('picture')) picture = 'returns-cartpole-improvement.png'
set output picture
set datafile separator ','
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set grid back lc '#cccccc' lw .7 dt 1
set style fill solid 1 noborder
set datafile columnheaders
set lmargin at screen 0.1700
set rmargin at screen 0.8300
set xrange [0:1]
set xtics nomirror .25
set title 'left better than right'
set xlabel 'probability'
set arrow 1 from .5, graph 0 to .5, graph 1 nohead lc '#a04000' lw 1.5 dt 2
set tmargin at screen 0.9322
set bmargin at screen 0.1332
set yrange [14.5:-.5]
set y2range [14.5:-.5]
set ytics nomirror ('DRAC' 0, 'DRAC' 1, 'DRAC' 2, 'DRAC' 3, 'DRAC' 4, 'DRAC-plain' 5, 'DRAC-plain' 6, 'DRAC-plain' 7, 'DRAC-plain' 8, 'SAC' 9, 'SAC' 10, 'SAC' 11, 'RSAC' 12, 'RSAC' 13, 'SAC-Lag' 14)
set y2tics nomirror ('DRAC-plain' 0, 'SAC' 1, 'RSAC' 2, 'SAC-Lag' 3, 'RAC' 4, 'SAC' 5, 'RSAC' 6, 'SAC-Lag' 7, 'RAC' 8, 'RSAC' 9, 'SAC-Lag' 10, 'RAC' 11, 'SAC-Lag' 12, 'RAC' 13, 'RAC' 14)
plot 'returns-cartpole-improvement.csv' using 3:0:4:5 with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#0072B2' notitle
