# Slices of the cart-pole's safety value with the certified set: figures/slices.* of
# duro solve cartpole --grid 31 --discount .99 --certify --set grid.task=false
# Run me here, beside my data: gnuplot cartpole-certified.gp
set encoding utf8
set terminal pngcairo size 1260,760 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
if (!exists('picture')) picture = 'cartpole-certified.png'
set output picture
set datafile separator ','
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set grid back lc '#cccccc' lw .7 dt 1
set style fill solid 1 noborder
set datafile separator whitespace
set multiplot layout 2,3
set border 15 lc '#555555'
unset grid
unset key
unset colorbox
set palette defined (0 '#B35806', 1 '#F1A340', 2 '#FEE0B6', 2.5 '#F7F7F7', 3 '#D1E5F0', 4 '#67A9CF', 5 '#2166AC')
set cbrange [-0.991:0.991]
set xlabel 'x (m)'
set xrange [-0.99:0.99]
set xtics nomirror 0.5
set xrange [-0.99:0.99]
set ylabel 'θ (rad)'
set yrange [-0.2464:0.2464]
set ytics nomirror 0.1
set yrange [-0.22:0.22]
set contour base
set cntrparam levels discrete 0
unset surface
set table $edge
splot 'cartpole-certified.dat' index 0 using 1:2:3 with lines
unset table
unset contour
set surface
set contour base
set cntrparam levels discrete 0
unset surface
set table $calm
splot 'cartpole-certified.dat' index 0 using 1:2:4 with lines
unset table
unset contour
set surface
set contour base
set cntrparam levels discrete 0
unset surface
set table $proved
splot 'cartpole-certified.dat' index 0 using 1:2:5 with lines
unset table
unset contour
set surface
plot 'cartpole-certified.dat' index 0 using 1:2:3 with image notitle, $calm using 1:2 with lines lw 1.5 dt 2 lc rgb '#000000' notitle, $proved using 1:2 with lines lw 2.5 lc rgb '#009E73' notitle, $edge using 1:2 with lines lw 2.5 lc rgb '#000000' notitle
set xlabel 'x (m)'
set xrange [-0.99:0.99]
set xtics nomirror 0.5
set xrange [-0.99:0.99]
set ylabel 'x_rate (m/s)'
set yrange [-4.48:4.48]
set ytics nomirror 2
set yrange [-4:4]
set contour base
set cntrparam levels discrete 0
unset surface
set table $edge
splot 'cartpole-certified.dat' index 1 using 1:2:3 with lines
unset table
unset contour
set surface
set contour base
set cntrparam levels discrete 0
unset surface
set table $calm
splot 'cartpole-certified.dat' index 1 using 1:2:4 with lines
unset table
unset contour
set surface
set contour base
set cntrparam levels discrete 0
unset surface
set table $proved
splot 'cartpole-certified.dat' index 1 using 1:2:5 with lines
unset table
unset contour
set surface
plot 'cartpole-certified.dat' index 1 using 1:2:3 with image notitle, $calm using 1:2 with lines lw 1.5 dt 2 lc rgb '#000000' notitle, $proved using 1:2 with lines lw 2.5 lc rgb '#009E73' notitle, $edge using 1:2 with lines lw 2.5 lc rgb '#000000' notitle
set xlabel 'x (m)'
set xrange [-0.99:0.99]
set xtics nomirror 0.5
set xrange [-0.99:0.99]
set ylabel 'θ_rate (rad/s)'
set yrange [-6.72:6.72]
set ytics nomirror 2
set yrange [-6:6]
set contour base
set cntrparam levels discrete 0
unset surface
set table $edge
splot 'cartpole-certified.dat' index 2 using 1:2:3 with lines
unset table
unset contour
set surface
set contour base
set cntrparam levels discrete 0
unset surface
set table $calm
splot 'cartpole-certified.dat' index 2 using 1:2:4 with lines
unset table
unset contour
set surface
set contour base
set cntrparam levels discrete 0
unset surface
set table $proved
splot 'cartpole-certified.dat' index 2 using 1:2:5 with lines
unset table
unset contour
set surface
plot 'cartpole-certified.dat' index 2 using 1:2:3 with image notitle, $calm using 1:2 with lines lw 1.5 dt 2 lc rgb '#000000' notitle, $proved using 1:2 with lines lw 2.5 lc rgb '#009E73' notitle, $edge using 1:2 with lines lw 2.5 lc rgb '#000000' notitle
set xlabel 'θ (rad)'
set xrange [-0.22:0.22]
set xtics nomirror 0.2
set xrange [-0.22:0.22]
set ylabel 'x_rate (m/s)'
set yrange [-4.48:4.48]
set ytics nomirror 2
set yrange [-4:4]
set contour base
set cntrparam levels discrete 0
unset surface
set table $edge
splot 'cartpole-certified.dat' index 3 using 1:2:3 with lines
unset table
unset contour
set surface
set contour base
set cntrparam levels discrete 0
unset surface
set table $calm
splot 'cartpole-certified.dat' index 3 using 1:2:4 with lines
unset table
unset contour
set surface
set contour base
set cntrparam levels discrete 0
unset surface
set table $proved
splot 'cartpole-certified.dat' index 3 using 1:2:5 with lines
unset table
unset contour
set surface
plot 'cartpole-certified.dat' index 3 using 1:2:3 with image notitle, $calm using 1:2 with lines lw 1.5 dt 2 lc rgb '#000000' notitle, $proved using 1:2 with lines lw 2.5 lc rgb '#009E73' notitle, $edge using 1:2 with lines lw 2.5 lc rgb '#000000' notitle
set xlabel 'θ (rad)'
set xrange [-0.22:0.22]
set xtics nomirror 0.2
set xrange [-0.22:0.22]
set ylabel 'θ_rate (rad/s)'
set yrange [-6.72:6.72]
set ytics nomirror 2
set yrange [-6:6]
set contour base
set cntrparam levels discrete 0
unset surface
set table $edge
splot 'cartpole-certified.dat' index 4 using 1:2:3 with lines
unset table
unset contour
set surface
set contour base
set cntrparam levels discrete 0
unset surface
set table $calm
splot 'cartpole-certified.dat' index 4 using 1:2:4 with lines
unset table
unset contour
set surface
set contour base
set cntrparam levels discrete 0
unset surface
set table $proved
splot 'cartpole-certified.dat' index 4 using 1:2:5 with lines
unset table
unset contour
set surface
plot 'cartpole-certified.dat' index 4 using 1:2:3 with image notitle, $calm using 1:2 with lines lw 1.5 dt 2 lc rgb '#000000' notitle, $proved using 1:2 with lines lw 2.5 lc rgb '#009E73' notitle, $edge using 1:2 with lines lw 2.5 lc rgb '#000000' notitle
set xlabel 'x_rate (m/s)'
set xrange [-4:4]
set xtics nomirror 2
set xrange [-4:4]
set ylabel 'θ_rate (rad/s)'
set yrange [-6.72:6.72]
set ytics nomirror 2
set yrange [-6:6]
set contour base
set cntrparam levels discrete 0
unset surface
set table $edge
splot 'cartpole-certified.dat' index 5 using 1:2:3 with lines
unset table
unset contour
set surface
set contour base
set cntrparam levels discrete 0
unset surface
set table $calm
splot 'cartpole-certified.dat' index 5 using 1:2:4 with lines
unset table
unset contour
set surface
set contour base
set cntrparam levels discrete 0
unset surface
set table $proved
splot 'cartpole-certified.dat' index 5 using 1:2:5 with lines
unset table
unset contour
set surface
plot 'cartpole-certified.dat' index 5 using 1:2:3 with image notitle, $calm using 1:2 with lines lw 1.5 dt 2 lc rgb '#000000' notitle, $proved using 1:2 with lines lw 2.5 lc rgb '#009E73' notitle, $edge using 1:2 with lines lw 2.5 lc rgb '#000000' notitle
unset multiplot
