"""Writes the file of a track that is made of straights and circular arcs, for env.track of racing-car.

    python3 segments.py --width 0.4 1 4.5:180 2.25:-90 4.5:180 2.864789:0 ... >track.csv

A segment is its length in metres, or LENGTH:ANGLE of an arc, degrees to the left. The last one has to end where the
first one began."""

import argparse
import math
import sys


def segment(word):
    length, _, angle = word.partition(":")
    return float(length), math.radians(float(angle or 0))


def points(segments, spacing):
    """Places along the middle, about `spacing` apart, and where it ends."""
    x, y, heading = 0.0, 0.0, 0.0
    course = []
    for length, angle in segments:
        steps = max(1, round(length / spacing))
        step, turn = length / steps, angle / steps
        for _ in range(steps):
            course.append((x, y))
            chord = step if turn == 0 else 2 * step / turn * math.sin(turn / 2)
            x += chord * math.cos(heading + turn / 2)
            y += chord * math.sin(heading + turn / 2)
            heading += turn
    return course, (x, y, heading)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("segments", nargs="+", metavar="LENGTH[:ANGLE]", type=segment)
    parser.add_argument("--width", type=float, required=True, help="m, from the middle to each edge")
    parser.add_argument("--spacing", type=float, default=0.1, help="m, between points (default %(default)s)")
    given = parser.parse_args()
    course, (x, y, heading) = points(given.segments, given.spacing)
    if math.hypot(x, y) > 1e-3 or abs(math.remainder(heading, 2 * math.pi)) > 1e-3:
        sys.exit(f"segments.py: the last segment ends at ({x:.4g}, {y:.4g}), {math.degrees(heading):.4g} degrees; "
                 "wanted it to end where the first one began, after whole turns")
    print("# x_m,y_m,w_tr_right_m,w_tr_left_m")
    for x, y in course:
        print(f"{x:.6f},{y:.6f},{given.width:g},{given.width:g}")


if __name__ == "__main__":
    main()
