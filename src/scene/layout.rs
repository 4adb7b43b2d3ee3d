//! Where everything stands: a pure function of the stage's size and of how many things there are, read by HTML, SVG and canvas alike.
//!
//! The numbers are the design's, in its units: a box of 1116 × 556 (wide), 768 wide (middle) or 360 wide (narrow), scaled to the stage.

mod anatomy;
mod place;

pub use self::anatomy::Anatomy;
use self::anatomy::anatomy;
use self::place::LaneShape;
use super::path::{Path, Point, short, written};
use super::view::ClusterView;

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Rect {
    /// A rectangle by its upper left corner and its size.
    pub fn new(x: f64, y: f64, w: f64, h: f64) -> Rect {
        Rect { x: short(x), y: short(y), w: short(w), h: short(h) }
    }

    /// Right edge.
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    /// Lower edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// Half the way across.
    pub fn middle_x(&self) -> f64 {
        self.x + self.w / 2.0
    }

    /// Half the way down.
    pub fn middle_y(&self) -> f64 {
        self.y + self.h / 2.0
    }

    /// Whether a point lies in it.
    pub fn contains(&self, p: Point) -> bool {
        p.x >= self.x && p.x <= self.right() && p.y >= self.y && p.y <= self.bottom()
    }

    /// Whether two rectangles share more than an edge.
    pub fn overlaps(&self, other: &Rect) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }
}

/// How the clients are folded around the rack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fold {
    /// Producers left, consumers right.
    #[default]
    Wide,
    /// Portrait: producers above, consumers below.
    Middle,
    /// A telephone: the broker's face becomes a headline.
    Narrow,
}

impl Fold {
    /// The fold of a window so many CSS pixels wide.
    pub fn of_window(width: f64) -> Fold {
        if width < 560.0 {
            Fold::Narrow
        } else if width < 900.0 {
            Fold::Middle
        } else {
            Fold::Wide
        }
    }
}

/// How much of a replica is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Zoom {
    /// Cells with offsets.
    #[default]
    Cells,
    /// A bar for the log, a line for the high watermark.
    Bars,
    /// A sign for the role.
    Glyphs,
    /// A point.
    Pixels,
}

/// How much of a client is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Card {
    /// Everything.
    #[default]
    Full,
    /// Name, the one control, the last outcome; a consumer's partitions in one line.
    Short,
    /// One line.
    Line,
}

/// How many things there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows.
    pub brokers: usize,
    /// Columns of each topic.
    pub partitions: Vec<usize>,
    /// Voters of the quorum.
    pub controllers: usize,
    /// Producers.
    pub producers: usize,
    /// For each group, for each member, how many partitions it reads.
    pub groups: Vec<Vec<usize>>,
    /// The same for consumers without a group.
    pub loners: Vec<usize>,
}

impl Counts {
    /// The counts of what a page shows.
    pub fn of(view: &ClusterView) -> Counts {
        Counts {
            brokers: view.brokers.len(),
            partitions: view.topics.iter().map(|t| t.partitions.len()).collect(),
            controllers: view.controllers.len(),
            producers: view.producers.len(),
            groups: view.groups.iter().map(|g| g.members.iter().map(|m| m.positions.len()).collect()).collect(),
            loners: view.loners.iter().map(|c| c.positions.len()).collect(),
        }
    }
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    /// Which topic, by position.
    pub topic: usize,
    /// Which partition of it.
    pub partition: usize,
    /// The lane, from the header to below the last row.
    pub lane: Rect,
    /// The header.
    pub head: Rect,
    /// The left edge of the first slot.
    pub cells: f64,
}

/// A topic's headline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TopicHead {
    /// The bracket over its columns, left to right.
    pub bracket: Option<(f64, f64, f64)>,
    /// Where its name begins; none where there is no room for it.
    pub text: Option<Point>,
}

/// A group's box, or that of consumers without one.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupBox {
    /// The box.
    pub rect: Rect,
    /// The cards in it; they coincide where the box only counts.
    pub members: Vec<Rect>,
}

/// A node, by its place in the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// A controller.
    Controller(usize),
    /// A broker.
    Broker(usize),
    /// A producer.
    Producer(usize),
    /// A consumer, members of groups first.
    Consumer(usize),
    /// The administrator: the person at the console.
    Admin,
}

/// What a layout is a function of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The fold.
    pub fold: Fold,
    /// The stage in CSS pixels; in portrait the height follows from the contents.
    pub size: (f64, f64),
    /// How many things there are.
    pub counts: Counts,
}

/// The whole picture's geometry.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// What it was made for.
    pub plan: Plan,
    /// The fold.
    pub fold: Fold,
    /// The zoom level.
    pub zoom: Zoom,
    /// CSS pixels a unit.
    pub scale: f64,
    /// Units left of and above the design's box.
    pub origin: Point,
    /// The stage in units; its height is what portrait needs.
    pub size: (f64, f64),
    /// The rack: all rows, with ports at its sides.
    pub rack: Rect,
    /// The rows.
    pub rows: Vec<Rect>,
    /// Where things stand within a row.
    pub anatomy: Anatomy,
    /// The columns.
    pub columns: Vec<Column>,
    /// The topics' headlines.
    pub topics: Vec<TopicHead>,
    /// How many slots a replica has: the records and the next one.
    pub slots: usize,
    /// A slot's width.
    pub slot: f64,
    /// Where the lens opens a part of the field at glyphs; empty above pixels.
    pub lens: Rect,
    /// The quorum's card.
    pub quorum: Rect,
    /// A line of it for each controller.
    pub controllers: Vec<Rect>,
    /// Producers' cards.
    pub producers: Vec<Rect>,
    /// How they are drawn.
    pub producer_card: Card,
    /// Groups' boxes, and at the end one of consumers without a group if there are any.
    pub groups: Vec<GroupBox>,
    /// How consumers are drawn.
    pub consumer_card: Card,
    /// x of the dotted rail of the control plane.
    pub bus: f64,
    /// x of the rail of asks between neighbours; that of others is 8 to its left.
    pub mesh: f64,
}

impl PartialEq for Layout {
    fn eq(&self, other: &Layout) -> bool {
        self.plan == other.plan
    }
}

const FACE: f64 = 123.5;
const RAIL: f64 = 26.5;
const TOPIC_GAP: f64 = 12.0;

impl Layout {
    /// The layout of a plan.
    pub fn new(plan: Plan) -> Layout {
        let (width, height) = (plan.size.0.max(240.0), plan.size.1.max(160.0));
        let mut layout = match plan.fold {
            Fold::Wide => wide(width, height, &plan.counts),
            Fold::Middle | Fold::Narrow => portrait(plan.fold, width, &plan.counts),
        };
        layout.plan = plan;
        layout
    }

    /// What the lens shows: a layout of its own at glyphs with the page of rows and columns around a place of the grid (1 is the first),
    /// and the first row and column of that page; none where there is no lens.
    pub fn through_lens(&self, at: (usize, usize)) -> Option<(Layout, (usize, usize))> {
        const HEAD: f64 = 26.0;
        const ROW: f64 = 18.0;
        const COLUMN: f64 = 12.0;
        if self.lens.h < HEAD + ROW {
            return None;
        }
        let (face, rail) = if self.fold == Fold::Narrow { (64.0, 20.0) } else { (78.0, 86.0) };
        let rows = ((self.lens.h - HEAD) / ROW).floor().max(1.0) as usize;
        let columns = ((self.lens.w - face - rail) / COLUMN).floor().max(1.0) as usize;
        let first = (at.0.saturating_sub(1) / rows * rows, at.1.saturating_sub(1) / columns * columns);
        let count = self.rows.len().saturating_sub(first.0).min(rows);
        let top = self.lens.y + HEAD;
        let mut page = Layout {
            fold: self.fold,
            zoom: Zoom::Glyphs,
            scale: self.scale,
            size: self.size,
            rack: Rect::new(self.lens.x, top, self.lens.w, count as f64 * ROW),
            anatomy: anatomy(self.fold, Zoom::Glyphs, self.lens),
            topics: self.topics.clone(),
            slots: 7,
            slot: COLUMN / 7.0,
            ..Layout::default()
        };
        page.rows = (0..count).map(|i| Rect::new(self.lens.x, top + i as f64 * ROW, self.lens.w, ROW - 2.0)).collect();
        for (i, column) in self.columns.iter().skip(first.1).take(columns).enumerate() {
            let x = self.lens.x + face + i as f64 * COLUMN;
            let lane = Rect::new(x, top, COLUMN, page.rack.h);
            page.columns.push(Column { lane, head: Rect::new(x, top - 16.0, COLUMN, 16.0), cells: lane.x, ..*column });
        }
        Some((page, first))
    }

    /// The place of the grid at a point of the rack.
    pub fn place_at(&self, p: Point) -> (usize, usize) {
        let row = self.rows.iter().take_while(|r| r.y <= p.y).count();
        let column = self.columns.iter().take_while(|c| c.lane.x <= p.x).count();
        (row.max(1), column)
    }

    /// The SVG `viewBox` that covers the stage.
    pub fn view_box(&self) -> String {
        written("% % % %", &[-self.origin.x, -self.origin.y, self.size.0, self.size.1])
    }

    /// A point of the scene in CSS pixels of the stage.
    pub fn to_stage(&self, p: Point) -> Point {
        Point::new((p.x + self.origin.x) * self.scale, (p.y + self.origin.y) * self.scale)
    }

    /// A point of the stage in CSS pixels as a point of the scene.
    pub fn to_scene(&self, p: Point) -> Point {
        Point::new(p.x / self.scale - self.origin.x, p.y / self.scale - self.origin.y)
    }

    /// y of a row's wire.
    pub fn wire_y(&self, row: usize) -> f64 {
        self.rows.get(row).map_or(0.0, |r| r.y + self.anatomy.wire)
    }

    /// The middle of a row's cells.
    pub fn cells_y(&self, row: usize) -> f64 {
        self.rows.get(row).map_or(0.0, |r| r.y + self.anatomy.cells_middle())
    }

    /// The middle of an offset's slot, the same in every replica of its column; kept inside the column for what is outside the window.
    pub fn offset_x(&self, column: usize, base: i64, offset: i64) -> f64 {
        let Some(column) = self.columns.get(column) else { return self.rack.middle_x() };
        let slot = (offset - base).clamp(0, self.slots.saturating_sub(1) as i64);
        short(column.cells + slot as f64 * self.slot + (self.slot - 1.0) / 2.0)
    }

    /// The card of a consumer, members of groups first.
    pub fn consumer(&self, index: usize) -> Option<Rect> {
        self.groups.iter().flat_map(|g| &g.members).nth(index).copied()
    }

    /// Where a node's lines begin; none for a node that is not on the stage.
    pub fn has(&self, end: End) -> bool {
        match end {
            End::Controller(i) => i < self.controllers.len(),
            End::Broker(i) => i < self.rows.len(),
            End::Producer(i) => i < self.producers.len(),
            End::Consumer(i) => self.consumer(i).is_some(),
            End::Admin => true,
        }
    }

    /// The line between a client and a broker's port, from the client of a producer, from the port of a consumer: the way records go.
    pub fn client_line(&self, client: End, row: usize) -> Path {
        let y = self.wire_y(row);
        match client {
            End::Consumer(index) => {
                let card = self.consumer(index).unwrap_or(self.rack);
                if self.fold == Fold::Wide {
                    let at = if self.consumer_card == Card::Full { card.y + ((card.h - 1.0) / 2.0).floor() } else { card.middle_y() };
                    let middle = (self.rack.right() + card.x) / 2.0;
                    return Path::from(self.rack.right(), y).curve((middle, y), (middle, at), (card.x, at));
                }
                self.consumer_fold(card.middle_x(), index, y)
            }
            End::Admin => self.admin_line(self.rack.x, y),
            End::Controller(_) | End::Broker(_) | End::Producer(_) => {
                let card = match client {
                    End::Producer(i) => self.producers.get(i).copied().unwrap_or(self.rack),
                    _ => self.rack,
                };
                match self.fold {
                    Fold::Wide => {
                        let (x, at) = (card.right(), card.middle_y());
                        let middle = (x + self.rack.x) / 2.0;
                        Path::from(x, at).curve((middle, at), (middle, y), (self.rack.x, y))
                    }
                    Fold::Middle => Path::from(card.x, card.bottom() - 16.0)
                        .corner(14.0, card.bottom() - 16.0, 14.0, y, 16.0)
                        .corner(14.0, y, self.rack.x, y, 8.0)
                        .line(self.rack.x, y),
                    Fold::Narrow => Path::from(card.x, card.middle_y())
                        .corner(7.0, card.middle_y(), 7.0, y, 9.0)
                        .corner(7.0, y, self.rack.x, y, 5.0)
                        .line(self.rack.x, y),
                }
            }
        }
    }

    fn consumer_fold(&self, x: f64, index: usize, y: f64) -> Path {
        let mut member = 0;
        let group = self.groups.iter().find(|g| {
            member += g.members.len();
            index < member
        });
        let top = group.map_or(self.rack.bottom() + 16.0, |g| g.rect.y);
        let (rail, run) = match self.fold {
            Fold::Narrow => (self.rack.right() + 9.0, top - 8.0),
            _ => (self.rack.right() + 16.0, top - 14.0),
        };
        Path::from(self.rack.right(), y)
            .corner(rail, y, rail, run, 6.0)
            .corner(rail, run, x, run, 6.0)
            .corner(x, run, x, top, 6.0)
            .line(x, top)
    }

    /// From the person at the console, by the quorum's card, to a port.
    fn admin_line(&self, x: f64, y: f64) -> Path {
        let card = self.quorum;
        match self.fold {
            Fold::Wide => {
                let from = Point::new(card.x + 12.0, card.bottom());
                Path::from(from.x, from.y)
                    .corner(from.x, from.y + 10.0, x - 14.0, from.y + 10.0, 6.0)
                    .corner(x - 14.0, from.y + 10.0, x - 14.0, y, 6.0)
                    .corner(x - 14.0, y, x, y, 4.0)
                    .line(x, y)
            }
            _ => {
                let rail = if self.fold == Fold::Narrow { 7.0 } else { 14.0 };
                Path::from(card.x, card.bottom() - 4.0)
                    .corner(rail, card.bottom() - 4.0, rail, y, 6.0)
                    .corner(rail, y, x, y, 5.0)
                    .line(x, y)
            }
        }
    }

    /// The control plane's way from a controller to a broker's stop.
    pub fn control_line(&self, controller: usize, row: usize) -> Path {
        let to = self.bus_stop(row);
        self.bus_to(controller, to.y)
    }

    /// The way between two voters: beside their card, above one another.
    pub fn voter_line(&self, one: usize, other: usize) -> Path {
        let (a, b) = (self.bus_to(one, 0.0).at(0.0), self.bus_to(other, 0.0).at(0.0));
        Path::from(a.x, a.y).curve((a.x + 20.0, a.y), (b.x + 20.0, b.y), (b.x, b.y))
    }

    /// The dotted rail as it stands: from the controller that decides past every broker.
    pub fn bus_line(&self, controller: usize) -> Path {
        let last = self.rows.len().saturating_sub(1);
        self.bus_to(controller, self.bus_stop(last).y)
    }

    fn bus_to(&self, controller: usize, y: f64) -> Path {
        let card = self.controllers.get(controller).copied().unwrap_or(self.quorum);
        match self.fold {
            Fold::Wide => {
                let from = Point::new(self.quorum.right(), card.y + (card.h / 2.0).min(22.0));
                Path::from(from.x, from.y).corner(self.bus, from.y, self.bus, y, 8.0).line(self.bus, y)
            }
            Fold::Middle => {
                let x = card.x + 20.0;
                let run = self.columns.first().map_or(self.rack.y - 43.0, |c| c.lane.y - 9.0);
                Path::from(x, self.quorum.bottom())
                    .corner(x, run, self.bus, run, 8.0)
                    .corner(self.bus, run, self.bus, y, 8.0)
                    .line(self.bus, y)
            }
            Fold::Narrow => {
                let x = card.x + 20.0;
                let run = self.rack.y - 34.0;
                Path::from(x, self.quorum.bottom())
                    .corner(x, run, self.bus, run, 5.0)
                    .corner(self.bus, run, self.bus, y, 5.0)
                    .line(self.bus, y)
            }
        }
    }

    /// Where the control plane reaches a broker.
    pub fn bus_stop(&self, row: usize) -> Point {
        let inset = match (self.fold, self.zoom) {
            (Fold::Wide, Zoom::Cells) => 76.0,
            (Fold::Middle, Zoom::Cells) => 68.0,
            (Fold::Narrow, Zoom::Cells) => self.anatomy.wire,
            _ => self.anatomy.height / 2.0,
        };
        Point::new(self.bus, self.rows.get(row).map_or(0.0, |r| r.y + inset))
    }

    /// The rail two brokers ask each other on, from the upper row to the lower.
    pub fn mesh_line(&self, row: usize, other: usize) -> Path {
        let (upper, lower) = (row.min(other), row.max(other));
        let far = usize::from(lower - upper > 1) as f64;
        let h = self.anatomy.height;
        let (from, to) = match self.zoom {
            Zoom::Cells if self.fold == Fold::Middle => (68.0 - 10.0 * far, 36.0 + 10.0 * far),
            Zoom::Cells => (h - 26.0 - 10.0 * far, (36.0 + 10.0 * far).min(h - 8.0)),
            _ => (h / 2.0, h / 2.0),
        };
        let x = self.mesh - 8.0 * far;
        let y = |row: usize, inset: f64| self.rows.get(row).map_or(0.0, |r| r.y + inset);
        Path::from(x, y(upper, from)).line(x, y(lower, to))
    }

    /// A partition's lane at one offset, from one row's cells to another's.
    pub fn lane_line(&self, x: f64, from: usize, to: usize) -> Path {
        let (a, b) = (self.anatomy.leader, self.anatomy.follower);
        let top = |row: usize| self.rows.get(row).map_or(0.0, |r| r.y);
        if from < to {
            Path::from(x, top(from) + a.0 + a.1).line(x, top(to) + b.0)
        } else {
            Path::from(x, top(from) + a.0).line(x, top(to) + b.0 + b.1)
        }
    }

    /// From a broker's left port along its wire and down into the log.
    pub fn drop_line(&self, row: usize, x: f64) -> Path {
        let y = self.wire_y(row);
        let top = self.rows.get(row).map_or(y, |r| r.y + self.anatomy.leader.0);
        Path::from(self.rack.x, y).corner(x, y, x, top.max(y), 4.0).line(x, top.max(y))
    }
}

/// The least gap between rows, by zoom, and the design's.
fn row_gap(zoom: Zoom, fold: Fold) -> (f64, f64) {
    match (zoom, fold) {
        (Zoom::Cells, Fold::Wide) => (24.0, 78.0),
        (Zoom::Cells, Fold::Middle) => (24.0, 44.0),
        (Zoom::Cells, Fold::Narrow) => (25.0, 25.0),
        (Zoom::Bars, Fold::Wide) => (8.0, 140.0),
        (Zoom::Glyphs, Fold::Wide) => (2.0, 24.0),
        (Zoom::Bars, _) => (8.0, 28.0),
        (Zoom::Glyphs, _) => (2.0, 7.0),
        (Zoom::Pixels, _) => (0.0, 0.0),
    }
}

/// The level that a column of this width is drawn at (design 9).
pub fn zoom_of(column_width: f64) -> Zoom {
    match column_width {
        w if w >= 76.0 => Zoom::Cells,
        w if w >= 28.0 => Zoom::Bars,
        w if w >= 8.0 => Zoom::Glyphs,
        _ => Zoom::Pixels,
    }
}

const LEVELS: [Zoom; 4] = [Zoom::Cells, Zoom::Bars, Zoom::Glyphs, Zoom::Pixels];

fn face_width(zoom: Zoom) -> f64 {
    match zoom {
        Zoom::Cells | Zoom::Bars => FACE,
        Zoom::Glyphs => 78.0,
        Zoom::Pixels => 44.0,
    }
}

/// The right side of the rack: the asks' rail, and leaders per broker where the level shows them.
fn rail_width(zoom: Zoom) -> f64 {
    match zoom {
        Zoom::Cells | Zoom::Bars => RAIL,
        Zoom::Glyphs | Zoom::Pixels => 86.0,
    }
}

/// The width of a column when all of them share `room`.
fn column_width(room: f64, counts: &Counts, most: f64) -> f64 {
    let columns: usize = counts.partitions.iter().sum();
    let gaps = counts.partitions.len().saturating_sub(1) as f64 * TOPIC_GAP;
    if columns == 0 { most.min(room) } else { ((room - gaps) / columns as f64).min(most).max(0.05) }
}

fn wide(width: f64, height: f64, counts: &Counts) -> Layout {
    const BOX: (f64, f64) = (1116.0, 556.0);
    const COLUMNS: f64 = 528.0;
    const TOP: f64 = 76.0;
    let n = counts.brokers.max(1) as f64;
    let mut scale = (width / BOX.0).min(height / BOX.1).min(1.5);
    // A fourth and fifth broker make the scene a little smaller before they make it coarser.
    let cells_height = |gap: f64| TOP + n * 102.0 + (n - 1.0) * gap + 18.0;
    if height / scale < cells_height(24.0) && height / cells_height(24.0) >= 0.8_f64.min(scale) {
        scale = height / cells_height(24.0);
    }
    let (w, h) = (width / scale, height / scale);
    let extra = (w - BOX.0).max(0.0);
    let columns: usize = counts.partitions.iter().sum();
    let gaps = counts.partitions.len().saturating_sub(1) as f64 * TOPIC_GAP;
    // At the largest scale a column gets more slots instead.
    let most = if scale >= 1.5 { 132.0 + 17.0 * ((extra / columns.max(1) as f64) / 17.0).floor().min(7.0) } else { 132.0 };
    let wanted = (columns as f64 * most + gaps).max(COLUMNS);
    let room = wanted.min(COLUMNS + extra);
    let mut zoom = zoom_of(column_width(room, counts, most));
    for level in LEVELS {
        let rack = anatomy(Fold::Wide, level, Rect::default()).height * n + row_gap(level, Fold::Wide).0 * (n - 1.0);
        if level >= zoom && (TOP + rack + 18.0 <= h + 0.5 || level == Zoom::Pixels) {
            zoom = level;
            break;
        }
    }
    let (face, rail) = (face_width(zoom), rail_width(zoom));
    let rack_width = FACE + room + RAIL;
    let room = rack_width - face - rail;
    let origin_x = ((w - (BOX.0 + room.max(0.0) + face + rail - FACE - RAIL - COLUMNS)) / 2.0).max(0.0);
    let mut anatomy = anatomy(Fold::Wide, zoom, Rect::new(218.0, TOP, rack_width, 0.0));
    if zoom == Zoom::Pixels {
        // As high as the lens leaves room for.
        anatomy.flatten(((h - TOP - 220.0) / n).floor().clamp(2.0, 28.0));
    }
    let (least, usual) = row_gap(zoom, Fold::Wide);
    let gap = if n > 1.0 { ((h - TOP - 18.0 - n * anatomy.height) / (n - 1.0)).min(usual).max(least) } else { usual };
    let rows = rows(218.0, TOP, rack_width, anatomy.height, gap, counts.brokers);
    let rack_bottom = rows.last().map_or(TOP + 102.0, Rect::bottom);
    let content = (rack_bottom + 18.0).max(BOX.1.min(h));
    let origin_y = ((h - content) / 2.0).max(0.0);
    let rack = Rect::new(218.0, TOP, rack_width, rack_bottom - TOP);
    let mut layout = Layout {
        fold: Fold::Wide,
        zoom,
        scale,
        origin: Point::new(short(origin_x), short(origin_y)),
        size: (w, h),
        rack,
        rows,
        anatomy,
        bus: 230.0,
        mesh: rack.right() - 12.0 - (rail - RAIL),
        ..Layout::default()
    };
    if zoom == Zoom::Pixels {
        layout.lens = Rect::new(218.0, rack_bottom + 24.0, rack_width, (content - 10.0 - rack_bottom - 24.0).min(26.0 + 18.0 * n).max(0.0));
    }
    let lanes = LaneShape {
        inset: 3.0,
        pad: 7.0,
        tail: 6.0,
        least_slot: 17.0,
        top: TOP - 34.0,
        bottom: rack_bottom + 8.0,
        bracket: TOP - 48.0,
        text: TOP - 56.0,
    };
    layout.place_columns(218.0 + face, room, most, counts, &lanes);
    layout.place_quorum(Rect::new(20.0, 16.0, 166.0, 44.0), 24.0, counts.controllers);
    let space = Rect::new(20.0, layout.quorum.bottom() + 16.0, 148.0, 0.0);
    layout.place_producers_beside(space, rack_bottom, content - 10.0, counts.producers);
    layout.place_consumers_beside(rack.right() + 48.0, TOP, rack_bottom.max(content - 18.0), counts);
    layout
}

fn portrait(fold: Fold, width: f64, counts: &Counts) -> Layout {
    let narrow = fold == Fold::Narrow;
    let units = if narrow { 360.0 } else { 768.0 };
    let scale = width / units;
    let rack_x = if narrow { 16.0 } else { 30.0 };
    let rack_width = if narrow { 328.0 } else { 706.0 };
    let lines = counts.producers.clamp(1, 3) as f64 - 1.0;
    let top = if narrow { 112.0 + 52.0 * lines } else { 146.0 + 76.0 * lines };
    let usual = if narrow { 82.0 } else { 141.0 };
    let room = if narrow { 328.0 } else { 564.0 };
    let column = column_width(room, counts, usual);
    // A telephone shows cells in somewhat narrower columns.
    let mut zoom = zoom_of(if narrow && column >= 62.0 { column.max(76.0) } else { column });
    if counts.brokers > 6 {
        zoom = zoom.max(if counts.brokers > 40 { Zoom::Pixels } else { Zoom::Glyphs });
    }
    let (face, rail) = match (narrow, zoom) {
        (true, Zoom::Cells) => (0.0, 0.0),
        (true, Zoom::Bars) => (88.0, 0.0),
        (true, _) => (64.0, 20.0),
        (false, Zoom::Cells | Zoom::Bars) => (115.5, RAIL),
        (false, _) => (78.0, 60.0),
    };
    let room = rack_width - face - rail;
    let mut anatomy = anatomy(fold, zoom, Rect::new(rack_x, top, rack_width, 0.0));
    if narrow && zoom == Zoom::Bars {
        anatomy.power = Rect::new(58.0, 6.0, 28.0, 28.0);
        anatomy.text_x = 14.0;
        anatomy.face = Rect::new(6.0, 4.0, 80.0, 32.0);
    }
    if zoom == Zoom::Pixels {
        anatomy.flatten((200.0 / counts.brokers.max(1) as f64).floor().clamp(2.0, 16.0));
    }
    let gap = row_gap(zoom, fold).1;
    let rows = rows(rack_x, top, rack_width, anatomy.height, gap, counts.brokers);
    let rack_bottom = rows.last().map_or(top + anatomy.height, Rect::bottom);
    let rack = Rect::new(rack_x, top, rack_width, rack_bottom - top);
    let mut layout = Layout {
        fold,
        zoom,
        scale,
        rack,
        rows,
        anatomy,
        bus: if narrow { rack_x - 4.5 } else { rack_x + 12.0 },
        mesh: if narrow { rack.right() + 4.5 } else { rack.right() - 8.0 },
        ..Layout::default()
    };
    let lanes = if narrow {
        LaneShape {
            inset: -0.8,
            pad: 3.2,
            tail: 3.2,
            least_slot: 12.5,
            top: top - 30.0,
            bottom: rack_bottom + 8.0,
            bracket: f64::NAN,
            text: f64::NAN,
        }
    } else {
        LaneShape {
            inset: 2.3,
            pad: 6.3,
            tail: 5.2,
            least_slot: 17.0,
            top: top - 34.0,
            bottom: rack_bottom + 8.0,
            bracket: f64::NAN,
            text: top - 56.0,
        }
    };
    layout.place_columns(rack_x + face, room, usual, counts, &lanes);
    if narrow {
        layout.place_quorum(Rect::new(226.0, 10.0, 120.0, 44.0), 0.0, counts.controllers);
        layout.place_producers_above(Rect::new(16.0, 8.0, 206.0, 48.0), 52.0, counts.producers);
    } else {
        layout.place_quorum(Rect::new(574.0, 16.0, 164.0, 44.0), 0.0, counts.controllers);
        layout.place_producers_above(Rect::new(30.0, 6.0, 528.0, 68.0), 76.0, counts.producers);
    }
    let mut below = rack_bottom + 16.0;
    if zoom == Zoom::Pixels {
        layout.lens = Rect::new(rack_x, rack_bottom + 16.0, rack_width, 26.0 + 18.0 * counts.brokers.min(8) as f64);
        below = layout.lens.bottom() + 16.0;
    }
    let bottom = layout.place_consumers_below(below, counts);
    layout.size = (units, bottom + if narrow { 6.0 } else { 8.0 });
    layout
}

fn rows(x: f64, top: f64, w: f64, h: f64, gap: f64, count: usize) -> Vec<Rect> {
    (0..count).map(|i| Rect::new(x, top + i as f64 * (h + gap), w, h)).collect()
}
