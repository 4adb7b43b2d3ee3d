//! The lines between nodes: neutral while they are as they were set up, marked where something was done to them, each with a handle.

use super::replica::{numbered, tab};
use crate::app::tag::{Tag, tag, together};
use kafka_playground::scene::compose::Cast;
use kafka_playground::scene::layout::{End, Fold, Layout, Zoom};
use kafka_playground::scene::path::{Path, Point, n, written};
use kafka_playground::scene::view::{ClusterView, LinkView, WayView};
use kafka_playground::sim::NodeId;
use kafka_playground::text::{Lang, Word, span};
use kafka_playground::world::ADMIN;

/// A line as it is drawn: where, and what kind it is.
pub(crate) struct Line<'a> {
    link: &'a LinkView,
    path: Path,
    class: &'static str,
    /// The path runs from the second end to the first.
    is_reversed: bool,
    /// It is drawn even when it is as it was set up.
    stands: bool,
    /// The middle of its handle.
    handle: Point,
    /// How far around that the handle is hit.
    reach: f64,
}

fn line_of<'a>(link: &'a LinkView, layout: &Layout, cast: &Cast) -> Option<Line<'a>> {
    let of = |node| if node == ADMIN { Some(End::Admin) } else { cast.end(node) };
    let wide_enough = layout.zoom <= Zoom::Bars;
    let (path, class, is_reversed, stands) = match (of(link.from)?, of(link.to)?) {
        (client @ End::Consumer(_), End::Broker(row)) => (layout.client_line(client, row), "link lc", true, wide_enough),
        (client @ (End::Producer(_) | End::Admin), End::Broker(row)) => {
            (layout.client_line(client, row), "link lp", false, wide_enough && client != End::Admin)
        }
        (End::Broker(a), End::Broker(b)) => (layout.mesh_line(a, b), "mesh", a > b, wide_enough && layout.fold != Fold::Narrow),
        (End::Broker(row), End::Controller(c)) => (layout.control_line(c, row), "bus", true, false),
        (End::Controller(a), End::Controller(b)) => (layout.voter_line(a, b), "bus", false, false),
        _ => return None,
    };
    Some(Line { link, path, class, is_reversed, stands, handle: Point::default(), reach: 12.0 })
}

/// The lines that are drawn, each with its handle.
pub(crate) fn lines<'a>(view: &'a ClusterView, layout: &Layout, cast: &Cast) -> Vec<Line<'a>> {
    let mut found: Vec<Line> = Vec::new();
    for link in &view.links {
        let Some(mut line) = line_of(link, layout, cast).filter(|line| line.stands || link.changed) else { continue };
        // In portrait clients share rails to a port: their handles stand one behind another.
        let before = found.iter().filter(|other| other.link.to == link.to && other.class == line.class).count();
        line.handle = handle_at(&line, layout, before as f64);
        found.push(line);
    }
    if layout.fold != Fold::Wide {
        let power = layout.anatomy.power;
        let powers = layout.rows.iter().map(|r| Point::new(r.x + power.x + power.w / 2.0, r.y + power.y + power.h / 2.0));
        let mut taken: Vec<Point> = powers.collect();
        taken.extend(found.iter().map(|line| line.handle));
        let rows = layout.rows.len();
        for (i, line) in found.iter_mut().enumerate() {
            let at = line.handle;
            let mut least: f64 = 44.0;
            for (j, p) in taken.iter().enumerate() {
                if j != rows + i {
                    least = least.min((p.x - at.x).hypot(p.y - at.y));
                }
            }
            line.reach = (least / 2.0).clamp(12.0, 22.0);
        }
    }
    found
}

/// Where a link's handle stands.
fn handle_at(line: &Line, layout: &Layout, before: f64) -> Point {
    if line.class == "bus" {
        return line.path.at_length(line.path.length() - 20.0);
    }
    if layout.fold == Fold::Wide || line.class == "mesh" {
        return line.path.at(0.5);
    }
    // Portrait: lines share rails, so the handle stands by the port.
    let way = if layout.fold == Fold::Narrow && line.is_reversed { 30.0 } else { 10.0 } + 26.0 * before;
    if line.is_reversed { line.path.at_length(way) } else { line.path.at_length(line.path.length() - way) }
}

/// The client lines, under the rows.
pub(crate) fn client_lines(lines: &[Line], layout: &Layout) -> Tag {
    tag("g links").each(lines.iter().filter(|line| line.class.starts_with("link")).map(|line| drawn(line, layout)))
}

/// The rack's own rails, over the rows.
pub(crate) fn rails(lines: &[Line], layout: &Layout) -> Tag {
    together().each(lines.iter().filter(|line| !line.class.starts_with("link")).map(|line| {
        let stops = [line.path.at(0.0), line.path.end()];
        together().add(drawn(line, layout)).add(
            (line.class == "mesh").then(|| {
                together().each(stops.iter().map(|p| tag("circle stop mstop").class_if(line.link.off, "off").round(p.x, p.y, 2.2)))
            }),
        )
    }))
}

fn is_slow(way: WayView) -> bool {
    way.latency > 5_000
}

fn drawn(line: &Line, layout: &Layout) -> Tag {
    let link = line.link;
    let both = [link.there, link.back];
    let slow = both.into_iter().any(is_slow);
    let lossy = both.into_iter().any(|w| w.loss.0 > 0);
    let cut = both.into_iter().filter(|w| w.cut).count();
    let at = line.handle;
    // A bus line that is not the rack's dotted one is not drawn again; only its marks are.
    let stroke = line.class != "bus";
    let gap = (cut == 2).then(|| {
        let length = line.path.length();
        let middle = if layout.fold == Fold::Wide || line.class == "mesh" { length / 2.0 } else { nearest(line, at) };
        [n((middle - 8.0).max(0.0)), " 16 ".to_owned(), n(length)].concat()
    });
    let label = match (slow, lossy) {
        (true, _) => Some(span(both.into_iter().map(|w| w.latency).max().unwrap_or(0))),
        (_, true) => both.into_iter().find(|w| w.loss.0 > 0).map(|w| [w.loss.0.to_string(), "/".to_owned(), w.loss.1.to_string()].concat()),
        _ => None,
    };
    together()
        .add(stroke.then(|| {
            let path = tag("path").class(line.class).class_if(link.off, "off").class_if(slow, "slow").class_if(lossy, "lossy");
            path.at("d", line.path.d.clone()).at("stroke-dasharray", gap)
        }))
        .add((cut > 0).then(|| cut_mark(line, at)))
        .add(label.map(|label| tag("text t10 dim num text-anchor=middle").xy(at.x, at.y - 9.0).add(label)))
}

fn nearest(line: &Line, at: Point) -> f64 {
    let length = line.path.length();
    let distance = |share: f64| {
        let p = line.path.at(share);
        (p.x - at.x).hypot(p.y - at.y)
    };
    let best = (0..=64).map(|i| f64::from(i) / 64.0).min_by(|a, b| distance(*a).total_cmp(&distance(*b)));
    best.unwrap_or(0.5) * length
}

/// Two bars over a gap; one way: a bar and an arrowhead on the stopped side, and one that passes.
fn cut_mark(line: &Line, at: Point) -> Tag {
    let link = line.link;
    let share = nearest(line, at) / line.path.length().max(1.0);
    let mut along = line.path.heading(share);
    if line.is_reversed {
        along = Point::new(-along.x, -along.y);
    }
    let across = Point::new(-along.y, along.x);
    let point = |a: f64, c: f64| [at.x + along.x * a + across.x * c, at.y + along.y * a + across.y * c];
    let bar = |a: f64| written("M% %L% %", &[point(a, -6.0), point(a, 6.0)].concat());
    let arrow = |tip: f64, tail: f64| written("M% %L% %L% %", &[point(tail, -4.5), point(tip, 0.0), point(tail, 4.5)].concat());
    match (link.there.cut, link.back.cut) {
        (true, true) => tag("path cut").at("d", [bar(-8.0), bar(8.0)].concat()),
        (true, false) => together()
            .add(tag("path cut").at("d", [bar(-8.0), arrow(-10.0, -15.0)].concat()))
            .add(tag("path passes").at("d", arrow(5.0, 10.0))),
        _ => together()
            .add(tag("path cut").at("d", [bar(8.0), arrow(10.0, 15.0)].concat()))
            .add(tag("path passes").at("d", arrow(-5.0, -10.0))),
    }
}

/// The handles of all lines that are drawn; `stop`: the one that Tab reaches.
pub(crate) fn handles(lang: Lang, view: &ClusterView, lines: &[Line], stop: usize, selected: Option<usize>) -> Tag {
    tag("g handles role=group").at("aria-label", Word::Links.of(lang)).each(lines.iter().enumerate().map(|(i, line)| {
        let (link, at) = (line.link, line.handle);
        let hit = numbered("l/", link.from.0) + &numbered("/", link.to.0);
        let state = match (link.there.cut, link.back.cut) {
            (true, true) => Word::CutState,
            (false, false) => Word::UpState,
            _ => Word::CutOneWayState,
        };
        let label = [Word::Link.of(lang), " ", &name(view, link.from.0), " – ", &name(view, link.to.0), ": ", state.of(lang)].concat();
        tag("g lhandle role=button")
            .class_if(selected == Some(i), "sel")
            .at("id", numbered("l-", i as i32))
            .at("tabindex", tab(i == stop))
            .at("aria-label", label)
            .at("aria-pressed", link.there.cut || link.back.cut)
            .at("data-hit", hit)
            .add(tag("circle hit").round(at.x, at.y, line.reach))
    }))
}

/// The handle of a link.
pub(crate) fn position(lines: &[Line], from: NodeId, to: NodeId) -> Option<usize> {
    lines.iter().map(|line| line.link).position(|l| (l.from, l.to) == (from, to) || (l.from, l.to) == (to, from))
}

/// A node's name.
fn name(view: &ClusterView, node: i32) -> String {
    if view.broker(node).is_some() {
        return numbered("broker-", node);
    }
    if let Some(c) = view.controllers.iter().find(|c| c.id == node) {
        return c.name().to_string();
    }
    let id = NodeId(node);
    let client = view.producer(id).map(|p| &p.name).or_else(|| view.consumer(id).map(|c| &c.name));
    client.map_or_else(|| "admin".to_owned(), |name| name.to_string())
}
