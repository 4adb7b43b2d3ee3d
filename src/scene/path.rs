//! Lines a message travels on: an SVG path and, for the canvas, any point of it by the share of the way.

/// A point, in the scene's units.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

impl Point {
    /// The point (x, y).
    pub fn new(x: f64, y: f64) -> Point {
        Point { x, y }
    }

    fn distance(self, other: Point) -> f64 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    fn toward(self, other: Point, share: f64) -> Point {
        Point { x: self.x + (other.x - self.x) * share, y: self.y + (other.y - self.y) * share }
    }
}

/// A number as SVG has it, without needless digits.
pub fn n(value: f64) -> String {
    let hundredths = (value * 100.0).round() as i64;
    let (whole, rest) = (hundredths / 100, (hundredths % 100).abs());
    let mut text = if hundredths < 0 && whole == 0 { "-0".to_owned() } else { whole.to_string() };
    if rest != 0 {
        text.push('.');
        if rest < 10 {
            text.push('0');
        }
        text.push_str(&rest.to_string());
        if rest % 10 == 0 {
            text.pop();
        }
    }
    text
}

/// A path or the like by its shape, where each `%` is the next of the numbers.
pub fn written(shape: &str, numbers: &[f64]) -> String {
    let mut numbers = numbers.iter();
    let mut text = String::new();
    for piece in shape.split_inclusive('%') {
        text.push_str(piece.trim_end_matches('%'));
        if piece.ends_with('%')
            && let Some(number) = numbers.next()
        {
            text.push_str(&n(*number));
        }
    }
    text
}

/// A line of straight and curved pieces, measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    /// What SVG draws.
    pub d: String,
    points: Vec<Point>,
    /// Way covered at each point.
    lengths: Vec<f64>,
}

/// Into how many straight pieces a curve is cut to measure it.
const CURVE_PIECES: usize = 24;
const CORNER_PIECES: usize = 4;

impl Path {
    /// A line that begins at a point.
    pub fn from(x: f64, y: f64) -> Path {
        let mut path = Path { d: written("M% %", &[x, y]), ..Path::default() };
        path.push(Point::new(x, y));
        path
    }

    /// Goes on straight.
    pub fn line(mut self, x: f64, y: f64) -> Path {
        self.d.push_str(&written("L% %", &[x, y]));
        self.push(Point::new(x, y));
        self
    }

    /// Goes on in a cubic curve.
    pub fn curve(mut self, first: (f64, f64), second: (f64, f64), to: (f64, f64)) -> Path {
        self.d.push_str(&written("C% % % % % %", &[first.0, first.1, second.0, second.1, to.0, to.1]));
        let from = self.end();
        for piece in 1..=CURVE_PIECES {
            let t = piece as f64 / CURVE_PIECES as f64;
            let u = 1.0 - t;
            let mix = |a: f64, b: f64, c: f64, d: f64| u * u * u * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t * t * t * d;
            self.push(Point::new(mix(from.x, first.0, second.0, to.0), mix(from.y, first.1, second.1, to.1)));
        }
        self
    }

    /// Goes to (x, y) and there turns towards (next_x, next_y) with a round corner.
    pub fn corner(mut self, x: f64, y: f64, next_x: f64, next_y: f64, radius: f64) -> Path {
        let corner = Point::new(x, y);
        let from = self.end();
        let next = Point::new(next_x, next_y);
        let radius = radius.min(from.distance(corner)).min(next.distance(corner));
        let enter = corner.toward(from, radius / from.distance(corner).max(1e-9));
        let leave = corner.toward(next, radius / next.distance(corner).max(1e-9));
        self.d.push_str(&written("L% %Q% % % %", &[enter.x, enter.y, x, y, leave.x, leave.y]));
        self.push(enter);
        for piece in 1..=CORNER_PIECES {
            let t = piece as f64 / CORNER_PIECES as f64;
            let u = 1.0 - t;
            let mix = |a: f64, b: f64, c: f64| u * u * a + 2.0 * u * t * b + t * t * c;
            self.push(Point::new(mix(enter.x, corner.x, leave.x), mix(enter.y, corner.y, leave.y)));
        }
        self
    }

    /// Goes on along another line that begins where this one ends.
    pub fn then(mut self, other: &Path) -> Path {
        self.d.push_str(&other.d.replacen('M', "L", 1));
        for point in &other.points {
            self.push(*point);
        }
        self
    }

    /// The same line from its end to its beginning; only for travelling, `d` is left empty.
    pub fn reversed(&self) -> Path {
        let mut path = Path::default();
        for point in self.points.iter().rev() {
            path.push(*point);
        }
        path
    }

    /// How long it is.
    pub fn length(&self) -> f64 {
        self.lengths.last().copied().unwrap_or(0.0)
    }

    /// Where it ends.
    pub fn end(&self) -> Point {
        self.points.last().copied().unwrap_or_default()
    }

    /// The point at a share of the way, 0 to 1.
    pub fn at(&self, share: f64) -> Point {
        self.at_length(share.clamp(0.0, 1.0) * self.length())
    }

    /// The point after so much of the way.
    pub fn at_length(&self, way: f64) -> Point {
        let next = self.lengths.partition_point(|l| *l < way);
        let (Some(to), Some(to_length)) = (self.points.get(next), self.lengths.get(next)) else { return self.end() };
        let Some(before) = next.checked_sub(1) else { return *to };
        let (Some(from), Some(from_length)) = (self.points.get(before), self.lengths.get(before)) else { return *to };
        let span = to_length - from_length;
        if span <= 0.0 { *to } else { from.toward(*to, (way - from_length) / span) }
    }

    /// Where it is heading at a share of the way: a vector of length 1.
    pub fn heading(&self, share: f64) -> Point {
        let way = share.clamp(0.0, 1.0) * self.length();
        let (before, after) = (self.at_length((way - 1.0).max(0.0)), self.at_length((way + 1.0).min(self.length())));
        let length = before.distance(after).max(1e-9);
        Point::new((after.x - before.x) / length, (after.y - before.y) / length)
    }

    fn push(&mut self, point: Point) {
        let way = self.points.last().map_or(0.0, |last| self.length() + last.distance(point));
        self.points.push(point);
        self.lengths.push(way);
    }
}

/// A coordinate without needless digits: three decimals say more than any screen shows.
pub fn short(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A position is a fact: half the time is half the way, on straight pieces and through corners alike.
    #[test]
    fn half_the_share_is_half_the_way() {
        let path = Path::from(0.0, 0.0).corner(100.0, 0.0, 100.0, 100.0, 8.0).line(100.0, 100.0);
        let middle = path.at(0.5);
        assert!((middle.x - middle.y.mul_add(-1.0, 100.0)).abs() < 1.0, "{middle:?} is on the diagonal of symmetry");
        assert_eq!(path.at(0.0), Point::new(0.0, 0.0));
        assert_eq!(path.at(1.0), Point::new(100.0, 100.0));
        let (back, forth) = (path.reversed().at(0.25), path.at(0.75));
        assert!((back.x - forth.x).abs() < 1e-9 && (back.y - forth.y).abs() < 1e-9, "{back:?} is {forth:?}");
    }

    /// A chevron points where it goes.
    #[test]
    fn heading_points_along_the_way() {
        let down = Path::from(5.0, 0.0).line(5.0, 50.0);
        assert_eq!(down.heading(0.5), Point::new(0.0, 1.0));
        assert_eq!(down.reversed().heading(0.5), Point::new(0.0, -1.0));
    }
}
