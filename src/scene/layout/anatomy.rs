//! Where things stand within a row of the rack: a table for each zoom level and fold.

use super::{Fold, Rect, Zoom};

/// Where things stand within a row; all offsets from the row's upper left corner, text by its baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Anatomy {
    /// The row's height.
    pub height: f64,
    /// The wire.
    pub wire: f64,
    /// The name's left edge.
    pub text_x: f64,
    /// The name.
    pub name: f64,
    /// The lamp's centre.
    pub lamp: f64,
    /// The state's word.
    pub state: f64,
    /// "leads 0, 3".
    pub leads: f64,
    /// What a click on the face hits.
    pub face: Rect,
    /// The power button.
    pub power: Rect,
    /// What a click on a replica hits: upper edge and height.
    pub strip: (f64, f64),
    /// The role line.
    pub role: f64,
    /// A leader's cells: upper edge and height.
    pub leader: (f64, f64),
    /// A follower's cells: upper edge and height.
    pub follower: (f64, f64),
    /// The baseline of offsets in cells.
    pub digits: f64,
    /// The line of `HW 5` and `LEO 6`.
    pub marks: f64,
}

impl Anatomy {
    /// Rows of pixels so high.
    pub(super) fn flatten(&mut self, height: f64) {
        self.height = height;
        self.strip = (0.0, height);
        self.leader = (0.0, height);
        self.follower = (0.0, height);
    }

    /// The middle of the cells.
    pub fn cells_middle(&self) -> f64 {
        self.leader.0 + self.leader.1 / 2.0
    }
}

static WIDE: Anatomy = Anatomy {
    height: 102.0,
    wire: 16.0,
    text_x: 26.0,
    name: 40.0,
    lamp: 55.0,
    state: 59.0,
    leads: 77.0,
    face: Rect { x: 19.0, y: 20.0, w: 99.0, h: 78.0 },
    power: Rect { x: 81.0, y: 68.0, w: 28.0, h: 28.0 },
    strip: (24.0, 75.0),
    role: 39.0,
    leader: (49.5, 27.0),
    follower: (53.0, 20.0),
    digits: 66.85,
    marks: 94.0,
};
static MIDDLE: Anatomy = Anatomy {
    height: 94.0,
    wire: 15.0,
    text_x: 26.0,
    name: 37.0,
    lamp: 52.0,
    state: 56.0,
    leads: 74.0,
    face: Rect { x: 19.0, y: 19.0, w: 91.0, h: 71.0 },
    power: Rect { x: 79.0, y: 60.0, w: 28.0, h: 28.0 },
    strip: (21.0, 70.0),
    role: 36.0,
    leader: (45.5, 25.0),
    follower: (48.5, 19.0),
    digits: 61.85,
    marks: 87.0,
};
static NARROW: Anatomy = Anatomy {
    height: 74.0,
    wire: 24.0,
    text_x: 25.0,
    name: 16.0,
    lamp: 12.0,
    state: 16.0,
    leads: 16.0,
    face: Rect { x: 2.0, y: 2.0, w: 0.0, h: 22.0 },
    power: Rect { x: 0.0, y: -2.0, w: 28.0, h: 28.0 },
    strip: (26.0, 45.0),
    role: 0.0,
    leader: (33.0, 22.0),
    follower: (36.0, 16.0),
    digits: 47.3,
    marks: 0.0,
};
static BARS: Anatomy = Anatomy {
    height: 40.0,
    wire: 5.0,
    text_x: 26.0,
    name: 18.0,
    lamp: 28.0,
    state: 32.0,
    leads: 0.0,
    face: Rect { x: 19.0, y: 6.0, w: 99.0, h: 32.0 },
    power: Rect { x: 88.0, y: 7.0, w: 28.0, h: 28.0 },
    strip: (8.0, 30.0),
    role: 0.0,
    leader: (16.0, 14.0),
    follower: (18.5, 9.0),
    digits: 0.0,
    marks: 0.0,
};
static GLYPHS: Anatomy = Anatomy {
    height: 16.0,
    wire: 0.0,
    text_x: 18.0,
    name: 12.0,
    lamp: 8.0,
    state: 0.0,
    leads: 0.0,
    face: Rect { x: 14.0, y: 0.0, w: 60.0, h: 16.0 },
    power: Rect { x: 60.0, y: 0.0, w: 16.0, h: 16.0 },
    strip: (0.0, 16.0),
    role: 0.0,
    leader: (3.5, 9.0),
    follower: (4.0, 8.0),
    digits: 0.0,
    marks: 0.0,
};

/// The anatomy of a row of a rack; a telephone's face and power button are fitted to it.
pub(super) fn anatomy(fold: Fold, zoom: Zoom, rack: Rect) -> Anatomy {
    let table = match (zoom, fold) {
        (Zoom::Cells, Fold::Wide) => &WIDE,
        (Zoom::Cells, Fold::Middle) => &MIDDLE,
        (Zoom::Cells, Fold::Narrow) => &NARROW,
        (Zoom::Bars, _) => &BARS,
        (Zoom::Glyphs, _) => &GLYPHS,
        (Zoom::Pixels, _) => {
            return Anatomy { height: 2.0, strip: (0.0, 2.0), leader: (0.0, 2.0), follower: (0.0, 2.0), ..Anatomy::default() };
        }
    };
    let mut anatomy = *table;
    if (zoom, fold) == (Zoom::Cells, Fold::Narrow) {
        anatomy.face.w = rack.w - 4.0;
        anatomy.power.x = rack.w - 30.0;
    }
    anatomy
}
