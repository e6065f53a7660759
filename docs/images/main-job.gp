# DRAC and SAC in the same episode under DRAC's safety adversary. Data: the traces that `make run` leaves in
# runs/main/figures (trace-1.csv and trace-2.csv). Run me here, beside my data: gnuplot main-job.gp
set terminal pngcairo size 1500,560 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
set output 'main-job.png'
set datafile separator ','
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set grid back lc '#cccccc' lw .7 dt 1
set xlabel 'time (s)'
set xrange [0:10]
set multiplot layout 1,2 margins .065,.985,.19,.9 spacing .085
set key at graph .98, graph .95 right top samplen 2 noautotitle
set title 'angle of the pole (rad), first two seconds; safe within .2' offset 0,-.5
set xrange [0:2]
set yrange [-.1:.3]
set arrow 1 from 0,.2 to 2,.2 nohead lc '#a04000' lw 1.2 dt 2
plot 'main-job-drac.csv' using 1:3 with lines lw 2.4 lc '#0072B2' title 'DRAC', \
     'main-job-sac.csv' using 1:3 with lines lw 2.4 lc '#D55E00' title 'SAC'
set xrange [0:10]
unset arrow
set key at graph .98, graph .95 right top
set title 'constraint h: safe while it is not negative' offset 0,-.5
set yrange [-.2:1]
set object 1 rectangle from 0,-.2 to 10,0 behind fillstyle solid 1 noborder fillcolor '#f6e3d7'
set label 1 'violation' at 9.9,-.15 right textcolor '#a04000'
plot 'main-job-drac.csv' using 1:8 with lines lw 2.4 lc '#0072B2' title 'DRAC', \
     'main-job-sac.csv' using 1:8 with lines lw 2.4 lc '#D55E00' title 'SAC'
unset multiplot
