# Return and violations in short evaluations while training.
# Run me here, beside my data: gnuplot curves-litres.gp
set encoding utf8
set terminal pngcairo size 2240,1642 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
if (!exists('picture')) picture = 'curves-litres.png'
set output picture
set datafile separator ','
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set grid back lc '#cccccc' lw .7 dt 1
set style fill solid 1 noborder
set multiplot
set tmargin at screen 1.00000
set bmargin at screen 0.97199
set lmargin at screen 0
set rmargin at screen 1
set key at screen .5,screen .99 center top vertical maxrows 1 samplen 3 reverse Left
unset border
unset tics
set xrange [0:1]
set yrange [0:1]
plot NaN with lines lw 4 dt 1 lc rgb '#0072B2' title 'defaults', \
  NaN with lines lw 4 dt 1 lc rgb '#D55E00' title 'no-scales'
unset key
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set datafile columnheaders
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.94519
set bmargin at screen 0.76248
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 'return of an episode' at screen 0.00982,graph .5 center rotate by 90
set label 1 'none' at graph .5, graph 1.08 center
set yrange [-22.5915127:1901.40207]
set ytics nomirror 200
plot 'curves-litres.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.94519
set bmargin at screen 0.76248
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'safety' at graph .5, graph 1.08 center
set yrange [-28.8087408:1727.8093]
set ytics nomirror 200
plot 'curves-litres.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle
set lmargin at screen 0.55804
set rmargin at screen 0.73661
set tmargin at screen 0.94519
set bmargin at screen 0.76248
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'performance' at graph .5, graph 1.08 center
set yrange [-42.6408524:1218.14273]
set ytics nomirror 200
plot 'curves-litres.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle
set lmargin at screen 0.80804
set rmargin at screen 0.98661
set tmargin at screen 0.94519
set bmargin at screen 0.76248
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'random' at graph .5, graph 1.08 center
set yrange [-14.6537732:1771.5668]
set ytics nomirror 200
plot 'curves-litres.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.45920
set bmargin at screen 0.27649
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 'return of an episode' at screen 0.00982,graph .5 center rotate by 90
set label 1 'constant' at graph .5, graph 1.08 center
set yrange [-13.1213833:1469.46864]
set ytics nomirror 200
plot 'curves-litres.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.45920
set bmargin at screen 0.27649
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'square' at graph .5, graph 1.08 center
set yrange [-15.6324393:1676.05134]
set ytics nomirror 200
plot 'curves-litres.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle
set lmargin at screen 0.55804
set rmargin at screen 0.73661
set tmargin at screen 0.45920
set bmargin at screen 0.27649
set xrange [0:646336]
set xtics nomirror 200000
set format x ''
unset xlabel
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 'search' at graph .5, graph 1.08 center
set yrange [-34.2950649:1704.32785]
set ytics nomirror 200
plot 'curves-litres.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.73569
set bmargin at screen 0.55298
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 'violating episodes (%)' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-litres.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'none' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.73569
set bmargin at screen 0.55298
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-litres.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle
set lmargin at screen 0.55804
set rmargin at screen 0.73661
set tmargin at screen 0.73569
set bmargin at screen 0.55298
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-litres.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'performance' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle
set lmargin at screen 0.80804
set rmargin at screen 0.98661
set tmargin at screen 0.73569
set bmargin at screen 0.55298
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-litres.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'random' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle
set lmargin at screen 0.05804
set rmargin at screen 0.23661
set tmargin at screen 0.24970
set bmargin at screen 0.06699
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 'violating episodes (%)' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-litres.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle
set lmargin at screen 0.30804
set rmargin at screen 0.48661
set tmargin at screen 0.24970
set bmargin at screen 0.06699
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-litres.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'square' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle
set lmargin at screen 0.55804
set rmargin at screen 0.73661
set tmargin at screen 0.24970
set bmargin at screen 0.06699
set xrange [0:646336]
set xtics nomirror 200000
set format x '%.0s%c'
set xlabel 'environment steps'
set label 2 '' at screen 0.00982,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'curves-litres.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'defaults' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'curves-litres.csv' using (strcol('panel') eq 'search' && strcol('curve') eq 'no-scales' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle
unset multiplot
