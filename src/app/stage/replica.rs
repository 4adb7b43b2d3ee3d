//! A replica's log where a row and a column cross: one memoised group, drawn again only when it or its place changed.

use crate::app::panel::partition::standing_word;
use kafka_playground::scene::layout::{Anatomy, Zoom};
use kafka_playground::scene::view::{CellMark, CellView, ReplicaView, Role, Standing};
use kafka_playground::text::{Lang, Word, replica_name};
use std::rc::Rc;
use yew::prelude::*;

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
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ReplicaProps {
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

/// A replica.
pub(crate) struct Replica;

impl Component for Replica {
    type Message = ();
    type Properties = ReplicaProps;

    fn create(_: &Context<Self>) -> Self {
        Replica
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let ReplicaProps { lang, view, place, is_selected, is_tab_stop } = ctx.props();
        let kind = match view.role {
            Role::Leader => "lead",
            Role::Follower | Role::Unknown => "foll",
            Role::WasLeader | Role::WasFollower => "dead",
        };
        let out = view.role == Role::Follower && !view.in_isr;
        let hit = ["r/", &view.broker.to_string(), "/", &view.partition.topic, "/", &view.partition.partition.to_string()].concat();
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
        html! {
            <g {id} class={classes!("strip", kind, out.then_some("out"))} role="gridcell" tabindex={tab(*is_tab_stop)} aria-label={label} data-hit={hit}>
                <rect x={n(place.lane.0)} y={n(place.top + a.strip.0)} width={n(place.lane.1)} height={n(a.strip.1)} rx="5" class="hit" />
                {match place.zoom {
                    Zoom::Cells => cells(*lang, view, place, *is_selected),
                    Zoom::Bars => bar(view, place),
                    Zoom::Glyphs | Zoom::Pixels => glyph(view, place),
                }}
            </g>
        }
    }
}

/// The id of a place in the grid.
pub(crate) fn cell_id((row, column): (usize, usize)) -> String {
    ["g-", &row.to_string(), "-", &column.to_string()].concat()
}

/// One place of the grid is reached by Tab, the others by arrows.
pub(crate) fn tab(is_tab_stop: bool) -> &'static str {
    if is_tab_stop { "0" } else { "-1" }
}

/// A coordinate as an attribute, without needless digits.
pub(crate) fn n(value: f64) -> String {
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

/// Pieces of a path: letters and numbers.
pub(crate) fn path(pieces: &[(&str, &[f64])]) -> String {
    let mut d = String::new();
    for (letter, numbers) in pieces {
        d.push_str(letter);
        for (i, number) in numbers.iter().enumerate() {
            if i > 0 {
                d.push(' ');
            }
            d.push_str(&n(*number));
        }
    }
    d
}

/// A cross of 8 × 8 at its upper left corner.
pub(crate) fn cross(x: f64, y: f64, class: &'static str) -> Html {
    html! { <path d={path(&[("M", &[x, y]), ("l8 8m0 -8l-8 8", &[])])} {class} /> }
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

fn role_line(lang: Lang, view: &ReplicaView, place: &Place) -> Html {
    let a = &place.anatomy;
    if a.role == 0.0 {
        return html! {};
    }
    let (x, y) = (place.cells, place.top + a.role);
    let right = n(place.lane.0 + place.lane.1 - 4.0);
    let text = |class: &'static str, word: &'static str| html! { <text x={n(x + 13.0)} y={n(y)} {class}>{word}</text> };
    match view.role {
        Role::Leader => html! {
            <>
                <rect x={n(x)} y={n(y - 8.5)} width="8" height="8" class="gl" />
                {text("t11 strong lk", Word::Leader.of(lang))}
                if view.leader_epoch > 0 { <text x={right} y={n(y)} class="t11 ctext" text-anchor="end">{"e"}{view.leader_epoch}</text> }
            </>
        },
        Role::Follower | Role::Unknown => html! {
            <>
                <circle cx={n(x + 4.0)} cy={n(y - 4.5)} r="3.6" class={classes!("gf", (!view.in_isr).then_some("out"))} />
                {text("t11 dim", role_word(view.role).of(lang))}
                if view.in_isr {
                    <text x={right} y={n(y)} class="t10 dim num isr" text-anchor="end">{"ISR"}</text>
                } else {
                    {standing(lang, view, right, y)}
                }
            </>
        },
        Role::WasLeader | Role::WasFollower => {
            let word = match view.role {
                Role::WasLeader => lang.pick("was leader", "리더였음"),
                _ => lang.pick("was follower", "팔로워였음"),
            };
            html! { <>{cross(x, y - 8.0, "gx")}{text("t11 dim", word)}if matches!(view.standing, Standing::InElr | Standing::LastKnown) { {standing(lang, view, right, y)} }</> }
        }
    }
}

/// Where a replica outside the ISR stands.
fn standing(lang: Lang, view: &ReplicaView, right: String, y: f64) -> Html {
    let class = if matches!(view.standing, Standing::InElr | Standing::LastKnown) { "t10 ctext isr" } else { "t10 faulttext isr" };
    html! { <text x={right} y={n(y)} {class} text-anchor="end">{standing_word(view.standing).of(lang)}</text> }
}

fn cells(lang: Lang, view: &ReplicaView, place: &Place, is_selected: bool) -> Html {
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
    html! {
        <>
            {role_line(lang, view, place)}
            if view.older { <path d={path(&[("M", &[place.cells - 2.5, middle - 4.0]), ("l-3 4l3 4", &[])])} class="older" /> }
            {for view.cells.iter().filter(|c| within(c.offset)).map(|cell| one_cell(cell, slot_x(cell.offset), y, h, rx, place))}
            if !view.is_frozen() && within(view.end_offset) {
                <rect x={n(slot_x(view.end_offset) + 0.5)} y={n(y + 0.5)} width={n(place.slot - 2.0)} height={n(h - 1.0)} rx={rx} class="ghost" />
            }
            {for epochs.map(|(_, start)| {
                let x = line(*start);
                html! { <path d={path(&[("M", &[x, y - 3.0]), ("V", &[y + h + 3.0])])} class="epoch" /> }
            })}
            if let Some(first) = first { <text x={n(place.cells)} y={n(y - 2.0)} class="t10 dim num">{first.offset}</text> }
            if shows_line {
                <path d={path(&[("M", &[hw, y - overhang]), ("V", &[y + h + overhang])])} class="hw" />
                if leads { <path d={path(&[("M", &[hw - 3.5, y + h + overhang + 4.0]), ("h7l-3.5 -5z", &[])])} class="hwflag" /> }
            }
            if a.marks > 0.0 && !view.is_frozen() && (leads || is_selected) {
                {marks(view, place, hw)}
            }
        </>
    }
}

/// `HW 5` left of the line, `LEO 6` at the column's end when they differ.
fn marks(view: &ReplicaView, place: &Place, hw: f64) -> Html {
    let y = n(place.top + place.anatomy.marks);
    // Left of the line; right of it where there is no room.
    let has_room = hw - 5.5 >= place.cells + 26.0;
    let (x, anchor) = if has_room { (n(hw - 5.5), "end") } else { (n(hw + 5.5), "start") };
    html! {
        <>
            <text {x} y={y.clone()} class="t10 num hwt" text-anchor={anchor}>{"HW "}{view.high_watermark}</text>
            if view.end_offset != view.high_watermark {
                <text x={n(place.lane.0 + place.lane.1 + 5.0)} {y} class="t10 num dim" text-anchor="end">{"LEO "}{view.end_offset}</text>
            }
        </>
    }
}

fn one_cell(cell: &CellView, x: f64, y: f64, h: f64, rx: &'static str, place: &Place) -> Html {
    let w = place.slot - 1.0;
    let state = match (cell.mark, cell.pending) {
        (Some(CellMark::Truncated), _) => "lost",
        (_, true) => "u",
        _ => "",
    };
    let safe = (cell.mark == Some(CellMark::Safe)).then_some("safe");
    let number = if cell.offset >= 100 {
        let last = cell.offset % 100;
        let text = last.to_string();
        if last < 10 { ["0", &text].concat() } else { text }
    } else {
        cell.offset.to_string()
    };
    html! {
        <g data-offset={cell.offset.to_string()}>
            <rect x={n(x)} y={n(y)} width={n(w)} height={n(h)} {rx} class={classes!("c", state, safe)} />
            <text x={n(x + w / 2.0)} y={n(place.top + place.anatomy.digits)} class={classes!("cn", state)} text-anchor="middle">{number}</text>
            if state == "lost" { <path d={path(&[("M", &[x - 1.0, y + h + 2.0]), ("L", &[x + w + 1.0, y - 2.0])])} class="strike" /> }
        </g>
    }
}

/// Bars: the log's length, the high watermark, what is pending behind it.
fn bar(view: &ReplicaView, place: &Place) -> Html {
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
    html! {
        <>
            if hw > begin { <rect x={n(begin)} y={n(y)} width={n(hw - begin)} height={n(h)} rx={if leads { "1" } else { "4" }} {class} /> }
            if end > hw { <rect x={n(hw)} y={n(y)} width={n(end - hw)} height={n(h)} class="tr" /> }
            if !view.is_frozen() { <path d={path(&[("M", &[hw, y - 4.0]), ("V", &[y + h + 4.0])])} class="hw" /> }
            else { {cross(begin - 1.0, y - 3.0, "gx2")} }
        </>
    }
}

/// Glyphs: the role alone.
fn glyph(view: &ReplicaView, place: &Place) -> Html {
    let (x, y) = (place.lane.0 + place.lane.1 / 2.0, place.top + place.anatomy.height / 2.0);
    let r = (place.lane.1 / 2.0 - 1.0).clamp(2.0, 4.0);
    match view.role {
        Role::Leader => html! { <rect x={n(x - r)} y={n(y - r)} width={n(2.0 * r)} height={n(2.0 * r)} class="gl" /> },
        Role::Follower | Role::Unknown => {
            html! { <circle cx={n(x)} cy={n(y)} r={n(r - 0.4)} class={if view.in_isr { "gf2" } else { "gf out" }} /> }
        }
        Role::WasLeader | Role::WasFollower => {
            let d = path(&[("M", &[x - r, y - r]), ("L", &[x + r, y + r]), ("M", &[x + r, y - r]), ("L", &[x - r, y + r])]);
            html! { <path {d} class="gx2" /> }
        }
    }
}
