# Violations and return over a sweep.
# Run me here, beside my data: gnuplot amplitude-cartpole.gp
set terminal pngcairo size 1680,934 font 'DejaVu Sans,18' linewidth 1.5 background '#ffffff' noenhanced
if (!exists('picture')) picture = 'amplitude-cartpole.png'
set output picture
set datafile separator ','
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set grid back lc '#cccccc' lw .7 dt 1
set style fill solid 1 noborder
set multiplot
set tmargin at screen 1.00000
set bmargin at screen 0.85439
set lmargin at screen 0
set rmargin at screen 1
set key at screen .5,screen .99 center top vertical maxrows 4 samplen 3 reverse Left
unset border
unset tics
set xrange [0:1]
set yrange [0:1]
plot NaN with lines lw 4 dt 1 lc rgb '#0072B2' title 'DRAC', \
  NaN with lines lw 4 dt 2 lc rgb '#0072B2' title 'DRAC filtered', \
  NaN with lines lw 4 dt 1 lc rgb '#009E73' title 'DRAC-plain', \
  NaN with lines lw 4 dt 2 lc rgb '#009E73' title 'DRAC-plain filtered', \
  NaN with lines lw 4 dt 1 lc rgb '#D55E00' title 'SAC', \
  NaN with lines lw 4 dt 1 lc rgb '#CC79A7' title 'RSAC', \
  NaN with lines lw 4 dt 1 lc rgb '#E69F00' title 'SAC-Lag', \
  NaN with lines lw 4 dt 1 lc rgb '#56B4E9' title 'RAC'
unset key
set border 3 lc '#555555'
set tics nomirror out textcolor '#222222'
set datafile columnheaders
set lmargin at screen 0.07738
set rmargin at screen 0.31548
set tmargin at screen 0.80728
set bmargin at screen 0.48608
set xrange [0.5:2]
set xtics nomirror 0.5
set format x ''
unset xlabel
set label 2 'violating episodes (%)' at screen 0.01310,graph .5 center rotate by 90
set label 1 'constant' at graph .5, graph 1.08 center
set yrange [-4.236:74.836]
set ytics nomirror 10
plot 'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC filtered' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC-plain' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC-plain filtered' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'RSAC' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC filtered' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 2 lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC-plain' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC-plain filtered' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 2 lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'RSAC' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
set lmargin at screen 0.41071
set rmargin at screen 0.64881
set tmargin at screen 0.80728
set bmargin at screen 0.48608
set xrange [0.5:2]
set xtics nomirror 0.5
set format x ''
unset xlabel
set label 2 '' at screen 0.01310,graph .5 center rotate by 90
set label 1 'safety' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'amplitude-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC filtered' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC-plain' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC-plain filtered' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC filtered' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 2 lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC-plain' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC-plain filtered' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 2 lc rgb '#009E73' notitle
set lmargin at screen 0.74405
set rmargin at screen 0.98214
set tmargin at screen 0.80728
set bmargin at screen 0.48608
set xrange [0.5:2]
set xtics nomirror 0.5
set format x ''
unset xlabel
set label 2 '' at screen 0.01310,graph .5 center rotate by 90
set label 1 'safety-by-DRAC' at graph .5, graph 1.08 center
set yrange [-6:106]
set ytics nomirror 20
plot 'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'DRAC filtered' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'DRAC-plain' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'DRAC-plain filtered' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'SAC' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'RSAC' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y1_low')):(column('y1_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'DRAC filtered' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 2 lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'DRAC-plain' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'DRAC-plain filtered' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 2 lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'SAC' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'RSAC' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y1')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
set lmargin at screen 0.07738
set rmargin at screen 0.31548
set tmargin at screen 0.43897
set bmargin at screen 0.11777
set xrange [0.5:2]
set xtics nomirror 0.5
set format x '%g'
set xlabel 'amplitude, times the bound'
set label 2 'return of an episode' at screen 0.01310,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [44.6894169:236.200111]
set ytics nomirror 20
plot 'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC filtered' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC-plain' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC-plain filtered' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'RSAC' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC filtered' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 2 lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC-plain' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'DRAC-plain filtered' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 2 lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'RSAC' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'constant' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
set lmargin at screen 0.41071
set rmargin at screen 0.64881
set tmargin at screen 0.43897
set bmargin at screen 0.11777
set xrange [0.5:2]
set xtics nomirror 0.5
set format x '%g'
set xlabel 'amplitude, times the bound'
set label 2 '' at screen 0.01310,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [27.3687933:241.195984]
set ytics nomirror 50
plot 'amplitude-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC filtered' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC-plain' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC-plain filtered' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC filtered' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 2 lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC-plain' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety' && strcol('curve') eq 'DRAC-plain filtered' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 2 lc rgb '#009E73' notitle
set lmargin at screen 0.74405
set rmargin at screen 0.98214
set tmargin at screen 0.43897
set bmargin at screen 0.11777
set xrange [0.5:2]
set xtics nomirror 0.5
set format x '%g'
set xlabel 'amplitude, times the bound'
set label 2 '' at screen 0.01310,graph .5 center rotate by 90
set label 1 '' at graph .5, graph 1.08 center
set yrange [1.69166426:242.649407]
set ytics nomirror 50
plot 'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'DRAC filtered' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'DRAC-plain' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'DRAC-plain filtered' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'SAC' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#D55E00' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'RSAC' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#CC79A7' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#E69F00' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y2_low')):(column('y2_high')) with filledcurves fs transparent solid .18 noborder lc rgb '#56B4E9' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'DRAC' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'DRAC filtered' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 2 lc rgb '#0072B2' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'DRAC-plain' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'DRAC-plain filtered' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 2 lc rgb '#009E73' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'SAC' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#D55E00' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'RSAC' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#CC79A7' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'SAC-Lag' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#E69F00' notitle, \
  'amplitude-cartpole.csv' using (strcol('panel') eq 'safety-by-DRAC' && strcol('curve') eq 'RAC' ? column('x') : NaN):(column('y2')) with linespoints pt 7 ps .5 lw 2 dt 1 lc rgb '#56B4E9' notitle
unset multiplot
