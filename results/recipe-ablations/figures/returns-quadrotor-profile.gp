# Share of runs above a score, over scores, with bands.
# Run me here, beside my data: gnuplot returns-quadrotor-profile.gp
set encoding utf8
set terminal pngcairo size 1000,698 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
if (!exists('picture')) picture = 'returns-quadrotor-profile.png'
set output picture
set datafile separator ','
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set grid back lc '#cccccc' lw .7 dt 1
set style fill solid 1 noborder
set datafile columnheaders
set key at screen .5,screen .995 center top vertical maxcols 1 samplen 3 reverse Left
set ylabel 'share of runs above it'
set xlabel 'return of an episode'
set lmargin 10
set rmargin 4
set xrange [427.313981:521.545895]
set xtics nomirror 20
set yrange [-0.06:1.06]
set ytics nomirror 0.2
set tmargin at screen 0.71633
set bmargin at screen 0.15759
plot 'returns-quadrotor-profile.csv' using 1:3:4 with filledcurves fs transparent solid .2 lc rgb '#009E73' notitle, \
  'returns-quadrotor-profile.csv' using 1:6:7 with filledcurves fs transparent solid .2 lc rgb '#0072B2' notitle, \
  'returns-quadrotor-profile.csv' using 1:9:10 with filledcurves fs transparent solid .2 lc rgb '#D55E00' notitle, \
  'returns-quadrotor-profile.csv' using 1:12:13 with filledcurves fs transparent solid .2 lc rgb '#CC79A7' notitle, \
  'returns-quadrotor-profile.csv' using 1:15:16 with filledcurves fs transparent solid .2 lc rgb '#E69F00' notitle, \
  'returns-quadrotor-profile.csv' using 1:18:19 with filledcurves fs transparent solid .2 lc rgb '#56B4E9' notitle, \
  'returns-quadrotor-profile.csv' using 1:2 with lines lw 3 lc rgb '#009E73' title 'defaults', \
  'returns-quadrotor-profile.csv' using 1:5 with lines lw 3 lc rgb '#0072B2' title 'no-hold', \
  'returns-quadrotor-profile.csv' using 1:8 with lines lw 3 lc rgb '#D55E00' title 'no-restarts', \
  'returns-quadrotor-profile.csv' using 1:11 with lines lw 3 lc rgb '#CC79A7' title 'no-corners', \
  'returns-quadrotor-profile.csv' using 1:14 with lines lw 3 lc rgb '#E69F00' title 'all-observations', \
  'returns-quadrotor-profile.csv' using 1:17 with lines lw 3 lc rgb '#56B4E9' title 'no-choice'
