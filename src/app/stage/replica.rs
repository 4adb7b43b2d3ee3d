//! A replica's log where a row and a column cross: one memoised group, drawn again only when it or its place changed.

use crate::app::memo::Draw;
use crate::app::panel::partition::standing_word;
use crate::app::tag::{Tag, tag, together};
use kafka_playground::scene::layout::{Anatomy, Zoom};
use kafka_playground::scene::view::{CellMark, CellView, ReplicaView, Role, Standing};
use kafka_playground::text::{Lang, Word, replica_name};
use std::rc::Rc;

/// Where a replica stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    /// The zoom level.
    pub(crate) zoom: Zoom,
    /// The row's upper edge.
    pub(crate) top: f64,
    /// Where things stand in the row.
    pub(crate) anatomy: Anatomy,
    /// The lane, left and width.
    pub(crate) lane: (f64, f64),
    /// The left edge of the first slot.
    pub(crate) cells: f64,
    /// A slot's width.
    pub(crate) slot: f64,
    /// How many slots there are.
    pub(crate) slots: usize,
    /// Row and column in the grid, for the keyboard.
    pub(crate) at: (usize, usize),
}

/// What a replica shows.
#[derive(PartialEq)]
pub(crate) struct Replica {
    /// The language.
    pub(crate) lang: Lang,
    /// The replica.
    pub(crate) view: Rc<ReplicaView>,
    /// Where it stands.
    pub(crate) place: Place,
    /// Its column is selected: followers show numbers too.
    pub(crate) is_selected: bool,
    /// The keyboard enters the grid here.
    pub(crate) is_tab_stop: bool,
}

impl Draw for Replica {
    fn draw(&self) -> Tag {
        let Replica { lang, view, place, is_selected, is_tab_stop } = self;
        let kind = match view.role {
            Role::Leader => "lead",
            Role::Follower | Role::Unknown => "foll",
            Role::WasLeader | Role::WasFollower => "dead",
        };
        let out = view.role == Role::Follower && !view.in_isr;
        let hit = numbered("r/", view.broker) + &numbered(&["/", &*view.partition.topic, "/"].concat(), view.partition.partition);
        let id = cell_id(place.at);
        let label = replica_name(
            *lang,
            &view.partition.to_string(),
            view.broker,
            role_word(view.role),
            view.end_offset,
            Some(view.high_watermark),
            view.in_isr,
        );
        let a = &place.anatomy;
        tag("g strip role=gridcell")
            .class(kind)
            .class_if(out, "out")
            .at("id", id)
            .at("tabindex", tab(*is_tab_stop))
            .at("aria-label", label)
            .at("data-hit", hit)
            .add(tag("rect hit rx=5").xy(place.lane.0, place.top + a.strip.0).size(place.lane.1, a.strip.1))
            .add(match place.zoom {
                Zoom::Cells => cells(*lang, view, place, *is_selected),
                Zoom::Bars => bar(view, place),
                Zoom::Glyphs | Zoom::Pixels => glyph(view, place),
            })
    }
}

/// The id of a place in the grid.
pub(crate) fn cell_id((row, column): (usize, usize)) -> String {
    numbered("g-", row as i32) + &numbered("-", column as i32)
}

/// A word with a number behind it.
#[inline(never)]
pub(crate) fn numbered(word: &str, number: i32) -> String {
    word.to_owned() + &number.to_string()
}

/// One place of the grid is reached by Tab, the others by arrows.
pub(crate) fn tab(is_tab_stop: bool) -> &'static str {
    if is_tab_stop { "0" } else { "-1" }
}

/// A cross of 8 × 8 at its upper left corner.
pub(crate) fn cross(x: f64, y: f64, class: &'static str) -> Tag {
    tag("path").class(class).d("M% %l8 8m0 -8l-8 8", &[x, y])
}

/// The role in a word.
fn role_word(role: Role) -> Word {
    match role {
        Role::Leader => Word::Leader,
        Role::Follower => Word::Follower,
        Role::WasLeader | Role::WasFollower => Word::Down,
        Role::Unknown => Word::Starting,
    }
}

fn role_line(lang: Lang, view: &ReplicaView, place: &Place) -> Tag {
    let a = &place.anatomy;
    if a.role == 0.0 {
        return together();
    }
    let (x, y) = (place.cells, place.top + a.role);
    let right = place.lane.0 + place.lane.1 - 4.0;
    let text = |class: &'static str, word: &'static str| tag("text").class(class).xy(x + 13.0, y).add(word);
    match view.role {
        Role::Leader => {
            together().add(tag("rect gl width=8 height=8").xy(x, y - 8.5)).add(text("t11 strong lk", Word::Leader.of(lang))).add(
                (view.leader_epoch > 0)
                    .then(|| tag("text t11 ctext text-anchor=end").at("x", right).at("y", y).add("e").add(view.leader_epoch)),
            )
        }
        Role::Follower | Role::Unknown => together()
            .add(tag("circle gf").class_if(!view.in_isr, "out").round(x + 4.0, y - 4.5, 3.6))
            .add(text("t11 dim", role_word(view.role).of(lang)))
            .add(if view.in_isr {
                tag("text t10 dim num isr text-anchor=end").at("x", right).at("y", y).add("ISR")
            } else {
                standing(lang, view, right, y)
            }),
        Role::WasLeader | Role::WasFollower => {
            let word = match view.role {
                Role::WasLeader => lang.pick("was leader", "리더였음"),
                _ => lang.pick("was follower", "팔로워였음"),
            };
            together()
                .add(cross(x, y - 8.0, "gx"))
                .add(text("t11 dim", word))
                .add((matches!(view.standing, Standing::InElr | Standing::LastKnown)).then(|| standing(lang, view, right, y)))
        }
    }
}

/// Where a replica outside the ISR stands.
fn standing(lang: Lang, view: &ReplicaView, right: f64, y: f64) -> Tag {
    let class = if matches!(view.standing, Standing::InElr | Standing::LastKnown) { "t10 ctext isr" } else { "t10 faulttext isr" };
    tag("text text-anchor=end").class(class).at("x", right).at("y", y).add(standing_word(view.standing).of(lang))
}

fn cells(lang: Lang, view: &ReplicaView, place: &Place, is_selected: bool) -> Tag {
    let a = &place.anatomy;
    let leads = view.role == Role::Leader;
    let (inset, h) = if leads { a.leader } else { a.follower };
    let y = place.top + inset;
    let middle = place.top + a.cells_middle();
    let rx = match view.role {
        Role::Leader => "1.5",
        Role::WasLeader | Role::WasFollower => "3",
        _ => "4.5",
    };
    let slot_x = |offset: i64| place.cells + (offset - view.base) as f64 * place.slot;
    let within = |offset: i64| (0..place.slots as i64).contains(&(offset - view.base));
    let overhang = if a.role == 0.0 { 3.0 } else { 4.0 } + if leads && a.role != 0.0 { 0.5 } else { 0.0 };
    let line = |offset: i64| slot_x(offset) - 0.5;
    let shows_line = !view.is_frozen() && view.high_watermark > view.base - 1 && within(view.high_watermark);
    let hw = line(view.high_watermark.max(view.base));
    let epochs = view.epochs.iter().filter(|(_, start)| *start > view.base && within(*start) && *start > view.start_offset);
    let first = view.cells.first().filter(|c| leads && c.offset >= 100 && a.role != 0.0);
    together()
        .add(role_line(lang, view, place))
        .add(view.older.then(|| tag("path older").d("M% %l-3 4l3 4", &[place.cells - 2.5, middle - 4.0])))
        .each(view.cells.iter().filter(|c| within(c.offset)).map(|cell| one_cell(cell, slot_x(cell.offset), y, h, rx, place)))
        .add(
            (!view.is_frozen() && within(view.end_offset))
                .then(|| tag("rect ghost").xy(slot_x(view.end_offset) + 0.5, y + 0.5).size(place.slot - 2.0, h - 1.0).at("rx", rx)),
        )
        .each(epochs.map(|(_, start)| {
            let x = line(*start);
            tag("path epoch").d("M% %V%", &[x, y - 3.0, y + h + 3.0])
        }))
        .add(first.map(|first| tag("text t10 dim num").xy(place.cells, y - 2.0).add(first.offset)))
        .add(shows_line.then(|| {
            together()
                .add(tag("path hw").d("M% %V%", &[hw, y - overhang, y + h + overhang]))
                .add(leads.then(|| tag("path hwflag").d("M% %h7l-3.5 -5z", &[hw - 3.5, y + h + overhang + 4.0])))
        }))
        .add((a.marks > 0.0 && !view.is_frozen() && (leads || is_selected)).then(|| marks(view, place, hw)))
}

/// `HW 5` left of the line, `LEO 6` at the column's end when they differ.
fn marks(view: &ReplicaView, place: &Place, hw: f64) -> Tag {
    let y = place.top + place.anatomy.marks;
    // Left of the line; right of it where there is no room.
    let has_room = hw - 5.5 >= place.cells + 26.0;
    let (x, anchor) = if has_room { (hw - 5.5, "end") } else { (hw + 5.5, "start") };
    together().add(tag("text t10 num hwt").at("x", x).at("y", y).at("text-anchor", anchor).add("HW ").add(view.high_watermark)).add(
        (view.end_offset != view.high_watermark).then(|| {
            tag("text t10 num dim text-anchor=end").at("x", place.lane.0 + place.lane.1 + 5.0).at("y", y).add("LEO ").add(view.end_offset)
        }),
    )
}

fn one_cell(cell: &CellView, x: f64, y: f64, h: f64, rx: &'static str, place: &Place) -> Tag {
    let w = place.slot - 1.0;
    let state = match (cell.mark, cell.pending) {
        (Some(CellMark::Truncated), _) => "lost",
        (_, true) => "u",
        _ => "",
    };
    let number = if cell.offset >= 100 {
        let last = cell.offset % 100;
        let text = last.to_string();
        if last < 10 { ["0", &text].concat() } else { text }
    } else {
        cell.offset.to_string()
    };
    tag("g")
        .at("data-offset", cell.offset)
        .add(tag("rect c").class(state).class_if(cell.mark == Some(CellMark::Safe), "safe").xy(x, y).size(w, h).at("rx", rx))
        .add(tag("text cn text-anchor=middle").class(state).xy(x + w / 2.0, place.top + place.anatomy.digits).add(number))
        .add((state == "lost").then(|| tag("path strike").d("M% %L% %", &[x - 1.0, y + h + 2.0, x + w + 1.0, y - 2.0])))
}

/// Bars: the log's length, the high watermark, what is pending behind it.
fn bar(view: &ReplicaView, place: &Place) -> Tag {
    let a = &place.anatomy;
    let leads = view.role == Role::Leader;
    let (inset, h) = if leads { a.leader } else { a.follower };
    let y = place.top + inset;
    let x = |offset: i64| place.cells + (offset - view.base).clamp(0, place.slots as i64) as f64 * place.slot;
    let begin = x(view.start_offset.max(view.base));
    let (end, hw) = (x(view.end_offset), if view.is_frozen() { x(view.end_offset) } else { x(view.high_watermark) });
    let class = match view.role {
        Role::Leader => "f-lead",
        Role::WasLeader | Role::WasFollower => "c",
        _ => "fbar",
    };
    together()
        .add((hw > begin).then(|| tag("rect").class(class).xy(begin, y).size(hw - begin, h).at("rx", if leads { "1" } else { "4" })))
        .add((end > hw).then(|| tag("rect tr").xy(hw, y).size(end - hw, h)))
        .add(if !view.is_frozen() { tag("path hw").d("M% %V%", &[hw, y - 4.0, y + h + 4.0]) } else { cross(begin - 1.0, y - 3.0, "gx2") })
}

/// Glyphs: the role alone.
fn glyph(view: &ReplicaView, place: &Place) -> Tag {
    let (x, y) = (place.lane.0 + place.lane.1 / 2.0, place.top + place.anatomy.height / 2.0);
    let r = (place.lane.1 / 2.0 - 1.0).clamp(2.0, 4.0);
    match view.role {
        Role::Leader => tag("rect gl").xy(x - r, y - r).size(2.0 * r, 2.0 * r),
        Role::Follower | Role::Unknown => tag("circle").class(if view.in_isr { "gf2" } else { "gf out" }).round(x, y, r - 0.4),
        Role::WasLeader | Role::WasFollower => {
            tag("path gx2").d("M% %L% %M% %L% %", &[x - r, y - r, x + r, y + r, x + r, y - r, x - r, y + r])
        }
    }
}
