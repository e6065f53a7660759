# Probability that a run of one method scores more than one of another.
# Run me here, beside my data: gnuplot safety-cartpole-improvement.gp
set encoding utf8
set terminal pngcairo size 1000,606 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
if (!exists('picture')) picture = 'safety-cartpole-improvement.png'
set output picture
set datafile separator ','
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set grid back lc '#cccccc' lw .7 dt 1
set style fill solid 1 noborder
set datafile columnheaders
set lmargin at screen 0.1940
set rmargin at screen 0.8060
set xrange [0:1]
set xtics nomirror .25
set title 'left better than right'
set xlabel 'probability'
set arrow 1 from .5, graph 0 to .5, graph 1 nohead lc '#a04000' lw 1.5 dt 2
set tmargin at screen 0.9076
set bmargin at screen 0.1815
set yrange [9.5:-.5]
set y2range [9.5:-.5]
set ytics nomirror ('full' 0, 'full' 1, 'full' 2, 'full' 3, 'no-pi_h' 4, 'no-pi_h' 5, 'no-pi_h' 6, 'no-adversary' 7, 'no-adversary' 8, 'scalar' 9)
set y2tics nomirror ('no-pi_h' 0, 'no-adversary' 1, 'scalar' 2, 'no-annealing' 3, 'no-adversary' 4, 'scalar' 5, 'no-annealing' 6, 'scalar' 7, 'no-annealing' 8, 'no-annealing' 9)
plot 'safety-cartpole-improvement.csv' using 3:0:4:5 with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#0072B2' notitle
