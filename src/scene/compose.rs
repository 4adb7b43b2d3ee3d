//! Composes what moves into a list of draw commands: a function of the flights and the instant, with nothing carried over but measured lines.

use super::flight::{Cargo, FlightView, Load};
use super::layout::{End, Layout, Rect, Zoom};
use super::path::{Path, Point};
use super::pulse::Pulse;
use super::theme::Ink;
use super::view::ClusterView;
use crate::kafka::record::TopicPartition;
use crate::kafka::record::is_internal;
use crate::map::Map;
use crate::sim::{Micros, NodeId};
use std::rc::Rc;

/// Up to so many messages each is drawn in full.
pub const FULL_UP_TO: usize = 300;
/// Up to so many each is a rectangle; above, a link is a band.
pub const RECTS_UP_TO: usize = 10_000;
/// Labels at once.
pub const LABELS: usize = 3;

/// The kinds of the legend, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Kind {
    Record,
    Ack,
    Fetch,
    FetchResponse,
    Metadata,
    Heartbeat,
    Group,
}

impl Kind {
    /// All, as the legend lists them.
    pub const ALL: [Kind; 7] = [Kind::Record, Kind::Ack, Kind::Fetch, Kind::FetchResponse, Kind::Metadata, Kind::Heartbeat, Kind::Group];

    /// The kind of a message.
    pub fn of(cargo: &Cargo) -> Kind {
        match cargo {
            Cargo::Produce(_) => Kind::Record,
            Cargo::ProduceResponse { .. } => Kind::Ack,
            Cargo::Fetch { .. } => Kind::Fetch,
            Cargo::FetchResponse(_) => Kind::FetchResponse,
            Cargo::Control { .. } => Kind::Metadata,
            Cargo::Heartbeat => Kind::Heartbeat,
            Cargo::Group { .. } => Kind::Group,
        }
    }
}

/// One draw command, in the scene's units.
#[derive(Clone, Debug, PartialEq)]
pub enum Draw {
    /// A plain rectangle.
    Rect { x: f64, y: f64, w: f64, h: f64, ink: Ink, alpha: f64 },
    /// A rounded rectangle with an edge.
    Frame { x: f64, y: f64, w: f64, h: f64, radius: f64, fill: Ink, edge: Ink, line: f64, alpha: f64 },
    /// A number in the middle of a record.
    Digits { x: f64, y: f64, number: i64, ink: Ink },
    /// A clock's face: later than its link takes.
    Clock { x: f64, y: f64 },
    /// A tick, or a cross.
    Verdict { x: f64, y: f64, good: bool },
    /// An open chevron that points along (dx, dy).
    Chevron { x: f64, y: f64, dx: f64, dy: f64, ink: Ink, alpha: f64 },
    /// A filled diamond.
    Diamond { x: f64, y: f64, radius: f64, ink: Ink, alpha: f64 },
    /// A ring, filled with the surface.
    Ring { x: f64, y: f64, radius: f64, ink: Ink, alpha: f64 },
    /// A hexagon's outline.
    Hexagon { x: f64, y: f64, radius: f64, ink: Ink, alpha: f64 },
    /// A trail that fades away from its end.
    Trail { from: Point, to: Point, width: f64, ink: Ink },
    /// A dotted line.
    Dotted { from: Point, to: Point, ink: Ink },
    /// A line with an arrowhead at its end.
    Arrow { points: Vec<Point>, ink: Ink, alpha: f64 },
    /// A ring of a fact.
    Pulse { x: f64, y: f64, radius: f64, ink: Ink, alpha: f64 },
    /// A crowded link: a band along a line, and how many.
    Band { points: Vec<Point>, width: f64, ink: Ink, count: usize },
}

/// A label beside a message; the page keeps it in the DOM.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Its left middle.
    pub at: Point,
    /// Its words: a name of Kafka's.
    pub text: String,
}

/// Where a message can be hit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// The network's number.
    pub flight: u64,
    /// Its middle.
    pub at: Point,
    /// How far around that it is hit.
    pub radius: f64,
}

/// A picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DisplayList {
    /// Under everything: rectangles of one colour each (left, top, width, height).
    pub rects: Vec<(Ink, Vec<[f32; 4]>)>,
    /// Shapes, back to front.
    pub draws: Vec<Draw>,
    /// At most three.
    pub labels: Vec<Label>,
    /// Every message drawn, once for each place it is drawn at.
    pub spots: Vec<Spot>,
}

impl DisplayList {
    fn frame(&mut self, Rect { x, y, w, h }: Rect, radius: f64, fill: Ink, edge: Ink, line: f64, alpha: f64) {
        self.draws.push(Draw::Frame { x, y, w, h, radius, fill, edge, line, alpha });
    }

    fn spot(&mut self, flight: u64, at: Point, radius: f64) {
        self.spots.push(Spot { flight, at, radius });
    }

    /// The message at a point, the last drawn first.
    pub fn hit(&self, p: Point) -> Option<u64> {
        let near = |s: &&Spot| (s.at.x - p.x).hypot(s.at.y - p.y) <= s.radius;
        self.spots.iter().rev().find(near).map(|s| s.flight)
    }
}

/// Where the nodes and partitions of a view stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cast {
    ends: Map<NodeId, End>,
    columns: Map<TopicPartition, usize>,
}

impl Cast {
    /// The cast of a view.
    pub fn of(view: &ClusterView) -> Cast {
        let mut ends = Map::from([(crate::world::ADMIN, End::Admin)]);
        for (i, controller) in view.controllers.iter().enumerate() {
            ends.insert(NodeId(controller.id), End::Controller(i));
        }
        for (i, broker) in view.brokers.iter().enumerate() {
            ends.insert(NodeId(broker.id), End::Broker(i));
        }
        for (i, producer) in view.producers.iter().enumerate() {
            ends.insert(producer.node, End::Producer(i));
        }
        for (i, consumer) in view.consumers().enumerate() {
            ends.insert(consumer.node, End::Consumer(i));
        }
        let mut columns = Map::new();
        for (i, column) in view.partitions().enumerate() {
            columns.insert(column.partition.clone(), i);
        }
        Cast { ends, columns }
    }

    /// Where a node stands.
    pub fn end(&self, node: NodeId) -> Option<End> {
        self.ends.get(&node).copied()
    }

    /// A broker's row.
    pub fn row(&self, broker: i32) -> Option<usize> {
        match self.end(NodeId(broker)) {
            Some(End::Broker(row)) => Some(row),
            _ => None,
        }
    }

    /// A partition's column.
    pub fn column(&self, partition: &TopicPartition) -> Option<usize> {
        self.columns.get(partition).copied()
    }
}

/// Everything a picture is made of.
#[derive(Clone, Copy)]
pub struct Picture<'a> {
    /// What stands.
    pub view: &'a ClusterView,
    /// Where.
    pub layout: &'a Layout,
    /// Who is where.
    pub cast: &'a Cast,
    /// What flies.
    pub flights: &'a [FlightView],
    /// The rings of facts.
    pub pulses: &'a [Pulse],
    /// Lines of moved leaderships and how visible they are.
    pub moved: &'a [(Path, f64)],
    /// The instant.
    pub at: Micros,
    /// The message that is selected; always drawn.
    pub selected: Option<u64>,
    /// Kinds that are switched off in the legend.
    pub hidden: &'a [Kind],
    /// Tokens stand at the middle of their way (reduced motion).
    pub still: bool,
    /// Time stands: what will become of a message is shown before it happens.
    pub paused: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// Between client and port, or nodes.
    Line,
    /// Into the log.
    Drop,
    /// Out of the log.
    Rise,
    /// In the partition's lane.
    Lane,
}

type Key = (End, End, Way, i32);

/// A measured way, and where on it a cut holds what travels.
#[derive(Debug)]
struct Route {
    path: Path,
    cut_at: f64,
}

/// Composes pictures; keeps lines that were measured for a layout.
#[derive(Debug, Default)]
pub struct Composer {
    routes: Map<Key, Rc<Route>>,
}

impl Composer {
    /// Forgets the measured lines; to be called when the layout changes.
    pub fn layout_changed(&mut self) {
        self.routes.clear();
    }

    /// The picture at an instant.
    pub fn compose(&mut self, picture: &Picture) -> DisplayList {
        let mut list = DisplayList::default();
        for (path, alpha) in picture.moved {
            let points = (0..=32).map(|i| path.at(f64::from(i) / 32.0)).collect();
            list.draws.push(Draw::Arrow { points, ink: Ink::Control, alpha: *alpha });
        }
        for pulse in picture.pulses {
            let radius = 8.0 + 14.0 * pulse.age;
            list.draws.push(Draw::Pulse { x: pulse.at.x, y: pulse.at.y, radius, ink: pulse.ink, alpha: 0.6 * (1.0 - pulse.age) });
        }
        let shown = |f: &&FlightView| !picture.hidden.contains(&Kind::of(&f.cargo)) || picture.selected == Some(f.id);
        let count = picture.flights.iter().filter(shown).count();
        if count <= FULL_UP_TO {
            // Background first, records last, so that what matters lies on top.
            for interesting in [false, true] {
                for flight in picture.flights.iter().filter(shown).filter(|f| f.is_interesting() == interesting) {
                    self.full(picture, flight, interesting, &mut list);
                }
            }
        } else if count <= RECTS_UP_TO {
            self.small(picture, &mut list);
        } else {
            self.bands(picture, &mut list);
        }
        if let (true, Some(id)) = (count > FULL_UP_TO, picture.selected)
            && let Some(flight) = picture.flights.iter().find(|f| f.id == id)
        {
            self.full(picture, flight, true, &mut list);
        }
        list
    }

    fn full(&mut self, picture: &Picture, flight: &FlightView, interesting: bool, list: &mut DisplayList) {
        let faint = if interesting { 1.0 } else { 0.8 };
        let loads: &[Load] = match &flight.cargo {
            Cargo::Produce(loads) | Cargo::FetchResponse(loads) => loads,
            _ => &[],
        };
        let shown: Vec<&Load> = loads.iter().filter(|l| picture.cast.column(&l.partition).is_some()).collect();
        if picture.paused {
            self.fate(picture, flight, shown.first().copied(), list);
        }
        if shown.is_empty() {
            let internal = loads.iter().any(|l| is_internal(&l.partition.topic));
            let (at, heading) = self.position(picture, flight, None);
            sign(flight, picture.cast, at, heading, if internal { 0.6 } else { faint }, list);
            return;
        }
        let from_broker = matches!(picture.cast.end(flight.from), Some(End::Broker(_)));
        let to_broker = matches!(picture.cast.end(flight.to), Some(End::Broker(_)));
        let capsule = from_broker && !to_broker;
        // A client's message travels one line and is drawn once; a follower's, once in each lane.
        let drawn = if from_broker && to_broker { shown.len() } else { 1 };
        for load in shown.iter().take(drawn) {
            let (at, _) = self.position(picture, flight, Some(load));
            if from_broker && to_broker {
                self.lane_capsule(picture, flight, load, at, list);
            } else if capsule {
                client_capsule(load, at, list);
            } else {
                self.produce(picture, flight, load, at, loads.iter().map(|l| l.records).sum(), list);
            }
            list.spot(flight.id, at, 16.0);
        }
    }

    /// What will become of a message: a cross where nobody will read it, a clock where it is late or held.
    fn fate(&mut self, picture: &Picture, flight: &FlightView, load: Option<&Load>, list: &mut DisplayList) {
        if flight.unread && !flight.held {
            let end = self.route(picture, flight, load).path.end();
            list.draws.push(Draw::Verdict { x: end.x, y: end.y, good: false });
        } else if flight.late || flight.held {
            let (at, _) = self.position(picture, flight, load);
            list.draws.push(Draw::Clock { x: at.x + 16.0, y: at.y - 10.0 });
        }
    }

    /// Where a message is, and where it is heading.
    fn position(&mut self, picture: &Picture, flight: &FlightView, load: Option<&Load>) -> (Point, Point) {
        let route = self.route(picture, flight, load);
        let length = route.path.length().max(1e-9);
        let share = if flight.held {
            (route.cut_at / length).clamp(0.0, 1.0)
        } else if picture.still {
            0.5
        } else {
            flight.progress(picture.at) as f64 / 1e6
        };
        (route.path.at(share), route.path.heading(share))
    }

    fn route(&mut self, picture: &Picture, flight: &FlightView, load: Option<&Load>) -> Rc<Route> {
        let (from, to) = match (picture.cast.end(flight.from), picture.cast.end(flight.to)) {
            (Some(from), Some(to)) => (from, to),
            // A client that is gone: what still flies to or from it stands at the other end.
            (Some(one), None) | (None, Some(one)) => (one, one),
            (None, None) => (End::Admin, End::Admin),
        };
        let column = load.and_then(|l| Some((picture.cast.column(&l.partition)?, l)));
        let x = column.map(|(column, load)| {
            let view = picture.view.partition(&load.partition);
            let end = || view.and_then(|v| v.log_on(v.leader?)).map_or(0, |l| l.end_offset);
            picture.layout.offset_x(column, view.map_or(0, |v| v.base), load.offset.unwrap_or_else(end))
        });
        let way = match (from, to, x) {
            (End::Broker(_), End::Broker(_), Some(_)) => Way::Lane,
            (_, End::Broker(_), Some(_)) => Way::Drop,
            (End::Broker(_), _, Some(_)) => Way::Rise,
            _ => Way::Line,
        };
        let key = (from, to, way, x.map_or(0, |x| (x * 2.0) as i32));
        if let Some(route) = self.routes.get(&key) {
            return route.clone();
        }
        if self.routes.len() > 4 * RECTS_UP_TO {
            self.routes.clear();
        }
        let route = Rc::new(build_route(picture.layout, from, to, way, x.unwrap_or_default()));
        self.routes.insert(key, route.clone());
        route
    }

    fn produce(&mut self, picture: &Picture, flight: &FlightView, load: &Load, at: Point, records: i64, list: &mut DisplayList) {
        let route = self.route(picture, flight, Some(load));
        let covered = if flight.held { route.cut_at } else { route.path.length() * flight.progress(picture.at) as f64 / 1e6 };
        if !picture.still {
            // The last of its way, in eight pale squares.
            let step = (route.path.length() / 8.0 / 8.0).clamp(2.4, 4.6);
            for i in 0..8 {
                let behind = covered - 4.5 - f64::from(i) * step;
                if behind > 0.0 {
                    let p = route.path.at_length(behind);
                    let alpha = 0.5 - 0.39 / 7.0 * f64::from(i);
                    list.draws.push(Draw::Rect { x: p.x - 2.5, y: p.y - 2.5, w: 5.0, h: 5.0, ink: Ink::Record, alpha });
                }
            }
        }
        for i in (0..records.clamp(1, 3)).rev() {
            let shift = i as f64 * 3.0;
            list.frame(
                Rect { x: at.x - 6.5 + shift, y: at.y - 6.5 - shift, w: 13.0, h: 13.0 },
                1.5,
                Ink::Record,
                Ink::RecordEdge,
                1.2,
                1.0,
            );
        }
    }

    /// Records on their way from a leader to a follower: each at its own offset's x.
    fn lane_capsule(&mut self, picture: &Picture, flight: &FlightView, load: &Load, at: Point, list: &mut DisplayList) {
        let layout = picture.layout;
        let route = self.route(picture, flight, Some(load));
        let (start, end) = (route.path.at(0.0), route.path.end());
        let small = layout.slot < 15.0;
        let (w, h, inner_w, inner_h) = if small { (18.0, 24.0, 10.0, 14.0) } else { (22.0, 30.0, 14.0, 20.0) };
        let slot = layout.slot;
        let first = load.offset.unwrap_or(0);
        let base = picture.view.partition(&load.partition).map_or(0, |v| v.base);
        let room = (base + layout.slots as i64 - first.max(base)).clamp(1, layout.slots as i64);
        let records = load.records.clamp(1, room);
        let wide = (records - 1) as f64 * slot;
        let down = end.y > start.y;
        if layout.zoom == Zoom::Cells {
            let trail = at.y - (at.y - start.y).clamp(-78.0, 78.0);
            list.draws.push(Draw::Trail { from: Point::new(at.x, trail), to: at, width: 3.0, ink: Ink::Follower });
            let edge = if down { h / 2.0 + 1.0 } else { -h / 2.0 - 1.0 };
            let aim = if down { -2.0 } else { 2.0 };
            if (end.y - at.y).abs() > h / 2.0 {
                list.draws.push(Draw::Dotted {
                    from: Point::new(at.x, at.y + edge),
                    to: Point::new(at.x, end.y + aim),
                    ink: Ink::Follower,
                });
            }
        }
        list.frame(Rect { x: at.x - w / 2.0, y: at.y - h / 2.0, w: w + wide, h }, 7.0, Ink::Surface, Ink::Follower, 1.8, 1.0);
        let (fill, edge, ink) = colours(load);
        for i in 0..records {
            let x = at.x + i as f64 * slot;
            list.frame(Rect { x: x - inner_w / 2.0, y: at.y - inner_h / 2.0, w: inner_w, h: inner_h }, 1.5, fill, edge, 1.2, 1.0);
            list.draws.push(Draw::Digits { x, y: at.y, number: first.max(base) + i, ink });
        }
        let text = format!("{}@{}", load.partition, first);
        if !small && !load.committed && list.labels.len() < LABELS && !list.labels.iter().any(|l| l.text == text) {
            list.labels.push(Label { at: Point::new(at.x + wide + w / 2.0 + 3.0, at.y), text });
        }
    }

    fn small(&mut self, picture: &Picture, list: &mut DisplayList) {
        let mut rects: Map<Ink, Vec<[f32; 4]>> = Map::new();
        let mut rect =
            |ink: Ink, x: f64, y: f64, w: f64, h: f64| rects.entry(ink).or_default().push([x as f32, y as f32, w as f32, h as f32]);
        for flight in picture.flights {
            let kind = Kind::of(&flight.cargo);
            if picture.hidden.contains(&kind) {
                continue;
            }
            let (at, heading) = self.position(picture, flight, None);
            let (x, y) = (at.x, at.y);
            let mut frame = |ink: Ink, w: f64, h: f64| {
                let (l, t) = (x - w / 2.0, y - h / 2.0);
                rect(ink, l, t, w, 1.5);
                rect(ink, l, t + h - 1.5, w, 1.5);
                rect(ink, l, t + 1.5, 1.5, h - 3.0);
                rect(ink, l + w - 1.5, t + 1.5, 1.5, h - 3.0);
            };
            match &flight.cargo {
                Cargo::Produce(_) => rect(Ink::RecordEdge, x - 3.0, y - 3.0, 6.0, 6.0),
                Cargo::ProduceResponse { error } => frame(if *error { Ink::Fault } else { Ink::Ink }, 6.0, 6.0),
                Cargo::Fetch { .. } => {
                    let (dx, dy) = (heading.x, heading.y);
                    for (along, across) in [(1.5, 0.0), (-1.5, 2.5), (-1.5, -2.5)] {
                        rect(Ink::Follower, x + along * dx - across * dy - 1.0, y + along * dy + across * dx - 1.0, 2.0, 2.0);
                    }
                }
                Cargo::FetchResponse(_) => {
                    let ink = if matches!(picture.cast.end(flight.to), Some(End::Broker(_))) { Ink::Follower } else { Ink::Consumer };
                    frame(ink, 8.0, 6.0);
                }
                Cargo::Control { .. } => {
                    rect(Ink::Control, x - 3.0, y - 1.0, 6.0, 2.0);
                    rect(Ink::Control, x - 1.0, y - 3.0, 2.0, 6.0);
                }
                Cargo::Heartbeat => rect(Ink::Control, x - 1.5, y - 1.5, 3.0, 3.0),
                Cargo::Group { .. } => frame(Ink::Consumer, 7.0, 6.0),
            }
            list.spot(flight.id, at, 6.0);
        }
        list.rects.extend(rects);
    }

    fn bands(&mut self, picture: &Picture, list: &mut DisplayList) {
        let mut crowds: Map<(NodeId, NodeId, Kind), (usize, &FlightView)> = Map::new();
        for flight in picture.flights {
            let kind = Kind::of(&flight.cargo);
            if !picture.hidden.contains(&kind) {
                crowds.entry((flight.from, flight.to, kind)).or_insert((0, flight)).0 += 1;
            }
        }
        for ((_, _, kind), (count, flight)) in crowds {
            let route = self.route(picture, flight, None);
            let points: Vec<Point> = (0..=16).map(|i| route.path.at(f64::from(i) / 16.0)).collect();
            let ink = match kind {
                Kind::Record => Ink::RecordEdge,
                Kind::Ack => Ink::Ink,
                Kind::Fetch | Kind::FetchResponse => Ink::Follower,
                Kind::Metadata | Kind::Heartbeat => Ink::Control,
                Kind::Group => Ink::Consumer,
            };
            let width = 2.0 + (count as f64).log2() / 2.0;
            list.spot(flight.id, route.path.at(0.5), 8.0);
            list.draws.push(Draw::Band { points, width, ink, count });
        }
    }
}

fn build_route(layout: &Layout, from: End, to: End, way: Way, x: f64) -> Route {
    let middle = |path: Path| {
        // Just before the gap that is drawn at the line's middle.
        let cut_at = (path.length() / 2.0 - 16.0).max(0.0);
        Route { path, cut_at }
    };
    match (from, to) {
        (a, b) if a == b => {
            let stop = match a {
                End::Broker(row) => Point::new(layout.rack.x, layout.wire_y(row)),
                End::Controller(i) => layout.control_line(i, 0).at(0.0),
                _ => layout.client_line(a, 0).at(0.0),
            };
            middle(Path::from(stop.x, stop.y))
        }
        (End::Broker(a), End::Broker(b)) => match way {
            Way::Lane => middle(layout.lane_line(x, a, b)),
            _ => {
                let line = layout.mesh_line(a, b);
                middle(if a < b { line } else { line.reversed() })
            }
        },
        (End::Controller(c), End::Broker(row)) => middle(layout.control_line(c, row)),
        (End::Broker(row), End::Controller(c)) => middle(layout.control_line(c, row).reversed()),
        (client @ End::Consumer(_), End::Broker(row)) => middle(layout.client_line(client, row).reversed()),
        (End::Broker(row), client @ End::Consumer(_)) => {
            let line = layout.client_line(client, row);
            let half = line.length() / 2.0 - 16.0;
            if way != Way::Rise {
                return middle(line);
            }
            let y = layout.wire_y(row);
            let top = layout.rows.get(row).map_or(y, |r| r.y + layout.anatomy.leader.0);
            let rise = Path::from(x, top.max(y)).corner(x, y, layout.rack.right(), y, 4.0).line(layout.rack.right(), y);
            let cut_at = (rise.length() + half).max(0.0);
            Route { path: rise.then(&line), cut_at }
        }
        (client, End::Broker(row)) => {
            let line = layout.client_line(client, row);
            let cut_at = (line.length() / 2.0 - 16.0).max(0.0);
            let path = if way == Way::Drop { line.then(&layout.drop_line(row, x)) } else { line };
            Route { path, cut_at }
        }
        (End::Broker(row), client) => middle(layout.client_line(client, row).reversed()),
        (End::Controller(a), End::Controller(b)) => middle(layout.voter_line(a, b)),
        (a, b) => {
            let stand = |end: End| match end {
                End::Controller(i) => layout.control_line(i, 0).at(0.0),
                other => layout.client_line(other, 0).at(0.0),
            };
            let (a, b) = (stand(a), stand(b));
            middle(Path::from(a.x, a.y).line(b.x, b.y))
        }
    }
}

/// Fill, edge and numeral of a record in flight.
fn colours(load: &Load) -> (Ink, Ink, Ink) {
    if load.committed { (Ink::Leader, Ink::Leader, Ink::OnLeader) } else { (Ink::Record, Ink::RecordEdge, Ink::OnRecord) }
}

/// Records on their way to a consumer.
fn client_capsule(load: &Load, at: Point, list: &mut DisplayList) {
    let shown = load.records.clamp(1, 3);
    let wide = (shown - 1) as f64 * 16.0;
    let w = 24.0 + wide;
    list.frame(Rect { x: at.x - w / 2.0, y: at.y - 10.0, w, h: 20.0 }, 7.0, Ink::Surface, Ink::Consumer, 1.8, 1.0);
    let (fill, _, ink) = colours(load);
    for i in 0..shown {
        let x = at.x - wide / 2.0 + i as f64 * 16.0;
        list.draws.push(Draw::Rect { x: x - 7.0, y: at.y - 6.5, w: 14.0, h: 13.0, ink: fill, alpha: 1.0 });
        // The last one shown says how far it goes.
        let number = load.offset.unwrap_or(0) + if i == shown - 1 { load.records - 1 } else { i };
        list.draws.push(Draw::Digits { x, y: at.y, number, ink });
    }
}

/// A message without records.
fn sign(flight: &FlightView, cast: &Cast, at: Point, heading: Point, alpha: f64, list: &mut DisplayList) {
    let (x, y) = (at.x, at.y);
    let between_brokers = matches!((cast.end(flight.from), cast.end(flight.to)), (Some(End::Broker(_)), Some(End::Broker(_))));
    let side = if between_brokers { Ink::Follower } else { Ink::Consumer };
    let mut radius = 10.0;
    match &flight.cargo {
        Cargo::Produce(_) => list.frame(Rect { x: x - 6.5, y: y - 6.5, w: 13.0, h: 13.0 }, 1.5, Ink::Record, Ink::RecordEdge, 1.2, alpha),
        Cargo::ProduceResponse { error } => {
            let edge = if *error { Ink::Fault } else { Ink::Ink };
            list.frame(Rect { x: x - 6.5, y: y - 6.5, w: 13.0, h: 13.0 }, 3.0, Ink::Surface, edge, 1.5, 1.0);
            list.draws.push(Draw::Verdict { x, y, good: !error });
            radius = 14.0;
        }
        Cargo::Fetch { .. } => list.draws.push(Draw::Chevron { x, y, dx: heading.x, dy: heading.y, ink: side, alpha }),
        Cargo::FetchResponse(_) => list.frame(Rect { x: x - 7.0, y: y - 4.5, w: 14.0, h: 9.0 }, 4.5, Ink::Surface, side, 1.4, 0.55 * alpha),
        Cargo::Control { decides } => {
            let r = if *decides { 5.5 } else { 4.0 };
            list.draws.push(Draw::Diamond { x, y, radius: r, ink: Ink::Control, alpha });
        }
        Cargo::Heartbeat => list.draws.push(Draw::Ring { x, y, radius: 3.6, ink: Ink::Control, alpha }),
        Cargo::Group { rebalances } => {
            let r = if *rebalances { 6.5 } else { 5.0 };
            list.draws.push(Draw::Hexagon { x, y, radius: r, ink: Ink::Consumer, alpha });
        }
    }
    list.spot(flight.id, at, radius);
}
