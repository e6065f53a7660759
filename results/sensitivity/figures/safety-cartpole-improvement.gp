# Probability that a run of one method scores more than one of another.
# Run me here, beside my data: gnuplot safety-cartpole-improvement.gp
set encoding utf8
set terminal pngcairo size 1000,1750 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
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
set tmargin at screen 0.9680
set bmargin at screen 0.0629
set yrange [35.5:-.5]
set y2range [35.5:-.5]
set ytics nomirror ('tuned' 0, 'tuned' 1, 'tuned' 2, 'tuned' 3, 'tuned' 4, 'tuned' 5, 'tuned' 6, 'tuned' 7, 'gamma_h=.95' 8, 'gamma_h=.95' 9, 'gamma_h=.95' 10, 'gamma_h=.95' 11, 'gamma_h=.95' 12, 'gamma_h=.95' 13, 'gamma_h=.95' 14, 'gamma_h=.999' 15, 'gamma_h=.999' 16, 'gamma_h=.999' 17, 'gamma_h=.999' 18, 'gamma_h=.999' 19, 'gamma_h=.999' 20, 'critic-3e-4' 21, 'critic-3e-4' 22, 'critic-3e-4' 23, 'critic-3e-4' 24, 'critic-3e-4' 25, 'critic-3e-3' 26, 'critic-3e-3' 27, 'critic-3e-3' 28, 'critic-3e-3' 29, 'player-1e-4' 30, 'player-1e-4' 31, 'player-1e-4' 32, 'player-1e-3' 33, 'player-1e-3' 34, 'width-32' 35)
set y2tics nomirror ('gamma_h=.95' 0, 'gamma_h=.999' 1, 'critic-3e-4' 2, 'critic-3e-3' 3, 'player-1e-4' 4, 'player-1e-3' 5, 'width-32' 6, 'width-128' 7, 'gamma_h=.999' 8, 'critic-3e-4' 9, 'critic-3e-3' 10, 'player-1e-4' 11, 'player-1e-3' 12, 'width-32' 13, 'width-128' 14, 'critic-3e-4' 15, 'critic-3e-3' 16, 'player-1e-4' 17, 'player-1e-3' 18, 'width-32' 19, 'width-128' 20, 'critic-3e-3' 21, 'player-1e-4' 22, 'player-1e-3' 23, 'width-32' 24, 'width-128' 25, 'player-1e-4' 26, 'player-1e-3' 27, 'width-32' 28, 'width-128' 29, 'player-1e-3' 30, 'width-32' 31, 'width-128' 32, 'width-32' 33, 'width-128' 34, 'width-128' 35)
plot 'safety-cartpole-improvement.csv' using 3:0:4:5 with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '#0072B2' notitle
