//! The rack: headers, brokers' rows with their faces, the quorum's card and the dotted rail of the control plane.

use super::replica::{Place, Replica, cell_id, cross, n, path, tab};
use crate::app::act::Selected;
use crate::app::panel::controller::state;
use kafka_playground::scene::layout::{Fold, Layout, Rect, TopicHead, Zoom};
use kafka_playground::scene::view::{BrokerState, BrokerView, ClusterView, ControllerView, PartitionView, Role, TopicView};
use kafka_playground::text::{Lang, Word, controller_line, ids, leads, power_name, select_name, topic_shape, zookeeper_line};
use yew::prelude::*;

/// A topic's headline over its columns.
pub(super) fn topic_head(lang: Lang, head: &TopicHead, topic: &TopicView, layout: &Layout) -> Html {
    let bracket = head.bracket.filter(|_| layout.zoom <= Zoom::Bars).map(|(left, right, y)| {
        let d = path(&[("M", &[left, y + 6.0]), ("V", &[y]), ("H", &[right]), ("V", &[y + 6.0])]);
        html! { <path {d} class="hairline" /> }
    });
    let room = head.bracket.map_or(layout.rack.w, |(left, right, _)| right - left);
    let Some(at) = head.text else { return html! {} };
    let partitions = topic.partitions.len() as i64;
    html! {
        <>
            {bracket}
            <g class="thead" role="button" tabindex="0" data-hit={["t/", &topic.name].concat()} aria-label={select_name(lang, Word::Topic, &topic.name)}>
                <rect x={n(at.x - 4.0)} y={n(at.y - 17.0)} width={n(room.min(380.0) + 8.0)} height="24" rx="5" class="hit" />
                <text x={n(at.x)} y={n(at.y)} class="t12">
                    <tspan class="dim">{Word::Topic.of(lang)}{" "}</tspan><tspan class="mono strong">{&*topic.name}</tspan>
                    if room >= 250.0 { <tspan class="dim">{" · "}{topic_shape(lang, partitions, i64::from(topic.replication_factor))}</tspan> }
                    if room >= 390.0 { <tspan class="dim mono">{" · min.insync.replicas="}{topic.min_insync_replicas}</tspan> }
                </text>
            </g>
        </>
    }
}

/// The rack as a grid: headers, then rows; `first`: the row and column it begins with, where it is the lens's.
pub(super) fn grid(
    lang: Lang,
    view: &ClusterView,
    layout: &Layout,
    selected: &Option<Selected>,
    cell: (usize, usize),
    first: (usize, usize),
) -> Html {
    let partitions: Vec<&PartitionView> = view.partitions().skip(first.1).collect();
    html! {
        <g role="grid" aria-label={lang.pick("Brokers by partitions", "브로커와 파티션")}>
            <g role="row">
                {for layout.columns.iter().zip(&partitions).enumerate().map(|(i, (column, partition))| header(lang, column.head, partition, layout, (0, first.1 + i + 1), cell))}
            </g>
            {for view.brokers.iter().skip(first.0).zip(&layout.rows).enumerate().map(|(row, (broker, rect))| {
                broker_row(lang, (first.0 + row, first.1), *rect, broker, &partitions, layout, selected, cell)
            })}
        </g>
    }
}

/// The level of pixels: the whole rack as a field without words, and a lens that opens a part of it at glyphs.
pub(super) fn field(lang: Lang, view: &ClusterView, layout: &Layout, selected: &Option<Selected>, cell: (usize, usize)) -> Html {
    let partitions: Vec<&PartitionView> = view.partitions().collect();
    let mut bad = String::new();
    for (column, _) in layout.columns.iter().zip(&partitions).filter(|(_, p)| p.leader.is_none() || p.is_under_replicated()) {
        bar(&mut bad, column.lane.x, layout.rack.y - 8.0, column.lane.w, 4.0);
    }
    let rack = layout.rack;
    let page = layout.through_lens(cell);
    let frame = |r: Rect| html! { <rect x={n(r.x)} y={n(r.y)} width={n(r.w)} height={n(r.h)} rx="2" class="lens" /> };
    let seen = page.as_ref().and_then(|(page, first)| {
        let (left, right) = (layout.columns.get(first.1)?, layout.columns.get(first.1 + page.columns.len() - 1)?);
        let (top, bottom) = (layout.rows.get(first.0)?, layout.rows.get(first.0 + page.rows.len() - 1)?);
        Some(Rect::new(left.lane.x - 1.0, top.y - 1.0, right.lane.right() - left.lane.x + 2.0, bottom.bottom() - top.y + 2.0))
    });
    let title = page.as_ref().and_then(|(page, first)| {
        let (a, b) = (partitions.get(first.1)?, partitions.get(first.1 + page.columns.len() - 1)?);
        let (c, d) = (view.brokers.get(first.0)?, view.brokers.get(first.0 + page.rows.len() - 1)?);
        let [a, b] = [a, b].map(|p| p.partition.to_string());
        Some([a.as_str(), " – ", &b, " · broker-", &c.id.to_string(), " – ", &d.id.to_string()].concat())
    });
    html! {
        <>
            <g class="field" aria-hidden="true">
                <rect x={n(rack.x)} y={n(rack.y)} width={n(rack.w)} height={n(rack.h)} class="card" />
                {for view.brokers.iter().zip(&layout.rows).map(|(broker, rect)| pixels(*rect, broker, &partitions, layout))}
                <path d={bad} class="f-fault" />
                if let Some(seen) = seen { {frame(seen)} }
            </g>
            if let Some((page, first)) = &page {
                <>
                    if let Some(title) = title { <text x={n(layout.lens.x)} y={n(layout.lens.y + 6.0)} class="t11 mono dim">{title}</text> }
                    {grid(lang, view, page, selected, cell, *first)}
                    {frame(Rect::new(page.rack.x - 3.0, page.rack.y - 12.0, page.rack.w + 6.0, page.rack.h + 13.0))}
                </>
            }
        </>
    }
}

/// A rectangle as a piece of a path.
fn bar(path: &mut String, x: f64, y: f64, w: f64, h: f64) {
    let (w, h) = (n(w.max(1.0)), n(h));
    for piece in ["M", &n(x), " ", &n(y), "h", &w, "v", &h, "h-", &w, "z"] {
        path.push_str(piece);
    }
}

fn header(lang: Lang, head: Rect, partition: &PartitionView, layout: &Layout, at: (usize, usize), cell: (usize, usize)) -> Html {
    let isr = ids(&partition.isr);
    let name = partition.partition.to_string();
    let hit = ["p/", &partition.partition.topic, "/", &partition.partition.partition.to_string()].concat();
    let state = match partition.leader {
        None => Word::NoLeader.of(lang).to_owned(),
        Some(_) => ["ISR ", &isr].concat(),
    };
    // Where names and brokers have many digits, so many stand for which; the label and the panel name them.
    let fits = |words: &str| head.w >= 12.0 + 7.2 * name.len() as f64 + 5.6 * words.chars().count() as f64;
    let short = match partition.leader {
        Some(_) if !fits(&state) => ["ISR ", &partition.isr.len().to_string(), "/", &partition.replicas.len().to_string()].concat(),
        _ => state.clone(),
    };
    let is_bad = partition.leader.is_none() || partition.is_under_replicated();
    let min = if partition.under_min_isr { [", ", Word::UnderMinIsr.of(lang)].concat() } else { String::new() };
    let label = [name.as_str(), ", ", &state, &min].concat();
    let narrow = layout.fold == Fold::Narrow;
    let inset = if narrow { 4.0 } else { 5.0 };
    let baseline = n(head.y + 20.0);
    html! {
        <g id={cell_id(at)} class="phead" role="columnheader" tabindex={tab(at == cell)} aria-label={label} data-hit={hit}>
            <rect x={n(head.x)} y={n(head.y)} width={n(head.w)} height={n(head.h)} rx="5" class="hit" />
            {match layout.zoom {
                Zoom::Cells => html! {
                    <>
                        if partition.under_min_isr { <rect x={n(head.x)} y={n(head.bottom() - 3.0)} width={n(head.w)} height="3" class="f-fault" /> }
                        <text x={n(head.x + inset)} y={baseline.clone()} class={if narrow { "t11 mono strong" } else { "t12 mono strong" }}>{name.clone()}</text>
                        if narrow {
                            if is_bad { <rect x={n(head.x + inset)} y={n(head.y + 24.0)} width="12" height="3" class="f-fault" /> }
                        } else if fits(&short) {
                            <text x={n(head.right() - 4.0)} y={baseline} class="t11 num" text-anchor="end"><tspan class={if is_bad { "faulttext" } else { "dim" }}>{short}</tspan></text>
                        } else if is_bad {
                            <rect x={n(head.x + inset)} y={n(head.y + 24.0)} width="12" height="3" class="f-fault" />
                        }
                    </>
                },
                Zoom::Bars => html! {
                    <>
                        <text x={n(head.middle_x())} y={baseline} class="t11 mono" text-anchor="middle">{partition.partition.partition}</text>
                        if is_bad { <rect x={n(head.middle_x() - 6.0)} y={n(head.y + 24.0)} width="12" height="3" class="f-fault" /> }
                    </>
                },
                Zoom::Glyphs | Zoom::Pixels => html! {
                    if is_bad { <rect x={n(head.middle_x() - (head.w / 2.0).min(4.0))} y={n(layout.rack.y - 8.0)} width={n(head.w.min(8.0))} height="4" class="f-fault" /> }
                },
            }}
        </g>
    }
}

#[allow(clippy::too_many_arguments)]
fn broker_row(
    lang: Lang,
    (row, first): (usize, usize),
    rect: Rect,
    broker: &BrokerView,
    partitions: &[&PartitionView],
    layout: &Layout,
    selected: &Option<Selected>,
    cell: (usize, usize),
) -> Html {
    let a = layout.anatomy;
    let class = classes!(
        "broker",
        match broker.state {
            BrokerState::Down => "down",
            BrokerState::Fenced => "fenced",
            BrokerState::Paused => "paused",
            _ => "",
        },
        (*selected == Some(Selected::Broker(broker.id))).then_some("sel")
    );
    let rx = if a.height > 20.0 { "8" } else { "2" };
    let area = |class: &'static str| html! { <rect x={n(rect.x)} y={n(rect.y)} width={n(rect.w)} height={n(rect.h)} {rx} {class} /> };
    let chosen =
        super::chosen_column(selected).and_then(|p| partitions.iter().position(|v| v.partition == *p)).and_then(|i| layout.columns.get(i));
    let wire = n(rect.y + a.wire);
    html! {
        <g {class} role="row" data-hit={["b/", &broker.id.to_string()].concat()}>
            {area("card")}
            if let Some(column) = chosen.filter(|_| layout.zoom <= Zoom::Bars) {
                <rect x={n(column.lane.x.max(rect.x + 1.0))} y={n(rect.y + 1.0)} width={n(column.lane.w)} height={n(rect.h - 2.0)} class="lane sel in" />
            }
            if broker.state == BrokerState::Down && a.height > 4.0 { {area("hatch")} }
            if broker.state == BrokerState::Paused && a.height > 4.0 { {area("stripes")} }
            if a.height > 20.0 { <line x1={n(rect.x)} y1={wire.clone()} x2={n(rect.right())} y2={wire.clone()} class="wire" /> }
            {face(lang, row, rect, broker, layout, cell)}
            {for layout.columns.iter().zip(partitions).enumerate().filter_map(|(i, (column, partition))| {
                    let replica = partition.log_on(broker.id)?;
                    let place = Place {
                        zoom: layout.zoom,
                        top: rect.y,
                        anatomy: a,
                        lane: (column.lane.x, column.lane.w),
                        cells: column.cells,
                        slot: layout.slot,
                        slots: layout.slots,
                        at: (row + 1, first + i + 1),
                    };
                    let is_selected = chosen.is_some_and(|c| c == column);
                    Some(html! { <Replica key={i} {lang} view={replica.clone()} {place} {is_selected} is_tab_stop={cell == (row + 1, first + i + 1)} /> })
                })}
            if layout.zoom == Zoom::Glyphs {
                <rect x={n(rect.right() - 70.0)} y={n(rect.y + 4.0)} width={n((broker.leads.len() as f64 * 6.0).min(46.0))} height="8" class="f-lead" />
                <text x={n(rect.right() - 4.0)} y={n(rect.y + 12.0)} class="t10 num dim" text-anchor="end">{broker.leads.len()}</text>
            }
            if a.height > 20.0 {
                <circle cx={n(rect.x)} cy={wire.clone()} r="3.2" class="port" /><circle cx={n(rect.right())} cy={wire} r="3.2" class="port" />
            }
        </g>
    }
}

/// A row of pixels: one path a role, the worst drawn last.
fn pixels(rect: Rect, broker: &BrokerView, partitions: &[&PartitionView], layout: &Layout) -> Html {
    let mut paths = [String::new(), String::new(), String::new()];
    for (column, partition) in layout.columns.iter().zip(partitions) {
        let Some(replica) = partition.log_on(broker.id) else { continue };
        let path = match replica.role {
            Role::Leader => &mut paths[0],
            Role::Follower | Role::Unknown if replica.in_isr => &mut paths[1],
            _ => &mut paths[2],
        };
        bar(path, column.lane.x, rect.y, column.lane.w, rect.h);
    }
    let [lead, foll, dead] = paths;
    html! { <><path d={foll} class="f-foll2" /><path d={lead} class="f-lead" /><path d={dead} class="f-fault" /></> }
}

fn state_word(state: BrokerState) -> Word {
    match state {
        BrokerState::Alive => Word::Alive,
        BrokerState::Starting => Word::Starting,
        BrokerState::Fenced => Word::Fenced,
        BrokerState::Paused => Word::Paused,
        BrokerState::Stopping => Word::Stopping,
        BrokerState::Down => Word::Down,
    }
}

fn lamp(state: BrokerState, x: f64, y: f64) -> Html {
    let (cx, cy) = (n(x), n(y));
    match state {
        BrokerState::Alive => html! { <circle {cx} {cy} r="4" class="lamp" /> },
        BrokerState::Starting => html! { <circle {cx} {cy} r="4" class="lampo dash" /> },
        BrokerState::Fenced => html! {
            <><circle {cx} {cy} r="4" class="lampc" /><path d={path(&[("M", &[x, y - 4.0]), ("a4 4 0 0 0 0 8z", &[])])} class="lampcf" /></>
        },
        BrokerState::Paused => {
            html! { <path d={path(&[("M", &[x - 3.5, y - 4.0]), ("h2.5v8h-2.5zm4.5 0h2.5v8h-2.5z", &[])])} class="lamp" /> }
        }
        BrokerState::Stopping => html! { <path d={path(&[("M", &[x, y - 4.5]), ("v9m-3.6 -3.6l3.6 3.6l3.6 -3.6", &[])])} class="gline" /> },
        BrokerState::Down => cross(x - 4.0, y - 4.5, "gx"),
    }
}

fn face(lang: Lang, row: usize, rect: Rect, broker: &BrokerView, layout: &Layout, cell: (usize, usize)) -> Html {
    let a = layout.anatomy;
    if a.height < 10.0 {
        return html! {};
    }
    let narrow = layout.fold == Fold::Narrow && layout.zoom == Zoom::Cells;
    let word = state_word(broker.state);
    let name = ["broker-", &broker.id.to_string()].concat();
    let at = |x: f64, y: f64| (rect.x + x, rect.y + y);
    let numbers = lead_list(broker, layout);
    // A broker without a process that is counted out leads nothing; that it is counted out says more.
    let last = if broker.state == BrokerState::Down && broker.fenced { Word::Fenced.of(lang).to_owned() } else { leads(lang, &numbers) };
    let mut label = [name.as_str(), ", ", word.of(lang), ", ", &last].concat();
    if broker.controller {
        label += ", ";
        label += Word::Controller.of(lang);
    }
    let state_class = match broker.state {
        BrokerState::Down => "t12 faulttext strong",
        BrokerState::Fenced => "t12 ctext",
        _ => "t12 dim",
    };
    let (lamp_x, lamp_y) = at(if narrow { 14.0 } else { a.text_x + 4.0 }, a.lamp);
    let (name_x, name_y) = at(a.text_x, a.name);
    let place = (row + 1, 0);
    let text = match layout.zoom {
        Zoom::Glyphs | Zoom::Pixels => {
            html! { <text x={n(rect.x + 14.0)} y={n(name_y)} class={if broker.state == BrokerState::Down { "t11 num faulttext" } else { "t11 num dim" }}>{broker.id}</text> }
        }
        Zoom::Bars => html! {
            <>
                <text x={n(name_x)} y={n(name_y)} class="t12 strong">{name.clone()}</text>
                {lamp(broker.state, lamp_x, lamp_y)}
                <text x={n(name_x + 13.0)} y={n(rect.y + a.state)} class={state_class}>{word.of(lang)}</text>
            </>
        },
        Zoom::Cells if narrow => html! {
            <>
                {lamp(broker.state, lamp_x, lamp_y)}
                <text x={n(name_x)} y={n(name_y)} class="t12"><tspan class="strong">{name.clone()}</tspan><tspan class="dim">{":9092"}</tspan></text>
                <text x={n(rect.right() - 42.0)} y={n(rect.y + a.leads)} class={if broker.state == BrokerState::Alive { "t11 dim" } else { state_class }} text-anchor="end">
                    {if broker.state == BrokerState::Alive { last.clone() } else { word.of(lang).to_owned() }}
                </text>
            </>
        },
        Zoom::Cells => html! {
            <>
                <text x={n(name_x)} y={n(name_y)} class="t13"><tspan class="strong">{name.clone()}</tspan><tspan class="dim t12">{":9092"}</tspan></text>
                {lamp(broker.state, lamp_x, lamp_y)}
                <text x={n(name_x + 13.0)} y={n(rect.y + a.state)} class={state_class}>{word.of(lang)}</text>
                if broker.controller { <path d={hexagon(rect.x + 104.0, rect.y + a.state - 4.0, 1.0)} class="hexa" /> }
                <text x={n(name_x)} y={n(rect.y + a.leads)} class={if broker.disk_latency > 0 { "t11 faulttext" } else { "t11 dim" }}>
                    {if broker.disk_latency > 0 { Word::SlowDiskState.of(lang).to_owned() } else { last.clone() }}
                </text>
                if let Some(passed) = broker.session.filter(|passed| *passed > 0) {
                    <>
                        <rect x={n(name_x)} y={n(rect.y + a.leads + 6.0)} width="48" height="4" rx="2" class="sess" />
                        <rect x={n(name_x)} y={n(rect.y + a.leads + 6.0)} width={n(f64::from(passed) * 1.2)} height="4" rx="2" class="sessf" />
                    </>
                }
            </>
        },
    };
    html! {
        <>
            <g id={cell_id(place)} class="bface" role="rowheader" tabindex={tab(cell == place)} aria-label={label}>
                <rect x={n(rect.x + a.face.x)} y={n(rect.y + a.face.y)} width={n(a.face.w)} height={n(a.face.h)} rx="6" class="hit face" />
                {text}
            </g>
            if layout.zoom <= Zoom::Bars { {power(lang, rect, broker, layout)} }
        </>
    }
}

/// The partitions a broker leads: numbers of the only topic with runs folded, else the full name of the only one; how many where that is too long.
fn lead_list(broker: &BrokerView, layout: &Layout) -> String {
    if layout.topics.len() > 1 {
        return match broker.leads.as_slice() {
            [] => String::new(),
            [one] => one.to_string(),
            more => more.len().to_string(),
        };
    }
    let mut list = String::new();
    let (mut pieces, mut run) = (0, 0);
    for (i, partition) in broker.leads.iter().enumerate() {
        let number = partition.partition;
        let follows = i > 0 && broker.leads.get(i - 1).is_some_and(|before| before.partition + 1 == number);
        let goes_on = broker.leads.get(i + 1).is_some_and(|next| next.partition == number + 1);
        run = if follows { run + 1 } else { 0 };
        if follows && goes_on {
            continue;
        }
        if i > 0 {
            list.push_str(if run > 1 { "–" } else { ", " });
        }
        if pieces == 3 {
            list.push('…');
            break;
        }
        pieces += 1;
        list.push_str(&number.to_string());
    }
    list
}

fn power(lang: Lang, rect: Rect, broker: &BrokerView, layout: &Layout) -> Html {
    let button = layout.anatomy.power;
    let (x, y) = (rect.x + button.x, rect.y + button.y);
    let is_down = broker.state == BrokerState::Down;
    // A finger needs 44; beside the rack's own lines there is room for it in portrait.
    let reach = if layout.fold == Fold::Wide || layout.zoom != Zoom::Cells { 18.0 } else { 22.0 };
    let (cx, cy) = (x + button.w / 2.0, y + button.h / 2.0);
    html! {
        <g role="gridcell"><g id={["pw-", &broker.id.to_string()].concat()} class={classes!("power", is_down.then_some("on"))} role="switch" tabindex="0"
            aria-checked={if is_down { "false" } else { "true" }} aria-label={power_name(lang, broker.id, !is_down)} data-hit={["power/", &broker.id.to_string()].concat()}>
            <rect x={n(cx - reach)} y={n(cy - reach)} width={n(2.0 * reach)} height={n(2.0 * reach)} rx="6" class="hit" />
            <rect x={n(x)} y={n(y)} width={n(button.w)} height={n(button.h)} rx="6" class="pb" />
            <path d={path(&[("M", &[cx, cy - 6.0]), ("v6", &[]), ("M", &[cx - 3.8, cy - 3.4]), ("a5.4 5.4 0 1 0 7.6 0", &[])])} class="pi" />
        </g></g>
    }
}

fn hexagon(x: f64, y: f64, size: f64) -> String {
    let corner = |dx: f64, dy: f64| [x + dx * size, y + dy * size];
    path(&[
        ("M", &corner(7.8, 4.5)),
        (" ", &corner(0.0, 9.0)),
        (" ", &corner(-7.8, 4.5)),
        (" ", &corner(-7.8, -4.5)),
        (" ", &corner(0.0, -9.0)),
        (" ", &corner(7.8, -4.5)),
        ("z", &[]),
    ])
}

/// The quorum's card: one controller with its words, or a line a voter.
pub(super) fn quorum(lang: Lang, view: &ClusterView, layout: &Layout, selected: &Option<Selected>) -> Html {
    let card = layout.quorum;
    let one = |controller: &ControllerView, at: Rect, is_first: bool| {
        let name = controller.name().to_string();
        let state = state(lang, controller, controller.role.name());
        let line = match (controller.up, view.controllers.len()) {
            (true, _) if controller.zookeeper.is_some() => {
                zookeeper_line(lang, controller.zookeeper.unwrap_or(-1), controller.metadata_offset)
            }
            (true, 1) => controller_line(lang, controller.active, controller.metadata_offset),
            (true, _) if controller.active => [state, " · ", Word::Epoch.of(lang), " ", &controller.epoch.to_string()].concat(),
            _ => state.to_owned(),
        };
        let label = [name.as_str(), ", ", &line].concat();
        let (x, y) = (at.x + 20.0, if is_first { at.y + 22.0 } else { at.middle_y() });
        // Of several the leader is filled, and the lines below the first have less room.
        let size = if is_first { 1.0 } else { 0.8 };
        let sign = match (controller.up, controller.active) {
            (true, true) if view.controllers.len() > 1 => html! { <path d={hexagon(x, y, size)} class="hexa leads" /> },
            (true, true) => html! { <path d={hexagon(x, y, size)} class="hexa" /> },
            (true, false) => html! { <path d={hexagon(x, y, size)} class="hexa follows" /> },
            (false, _) => cross(x - 4.0, y - 4.0, "gx"),
        };
        let text = if layout.fold == Fold::Narrow {
            html! {
                <>
                    <text x={n(at.x + 36.0)} y={n(at.y + 19.0)} class="t11 strong">{if controller.zookeeper.is_some() { "Zoo" } else { "controller-" }}</text>
                    <text x={n(at.x + 36.0)} y={n(at.y + 33.0)} class="t11 strong">{if controller.zookeeper.is_some() { "Keeper".to_owned() } else { controller.id.to_string() }}</text>
                </>
            }
        } else if is_first {
            html! {
                <>
                    <text x={n(at.x + 38.0)} y={n(at.y + 19.0)} class="t13 strong">{name.clone()}</text>
                    <text x={n(at.x + 38.0)} y={n(at.y + 35.0)} class={if controller.up { "t11 dim" } else { "t11 faulttext" }}>{line}</text>
                </>
            }
        } else {
            let class = if controller.up { "dim" } else { "faulttext" };
            html! { <text x={n(at.x + 38.0)} y={n(at.middle_y() + 4.0)} class="t12"><tspan>{controller.id}</tspan><tspan {class}>{" "}{state}</tspan></text> }
        };
        let pressed = if *selected == Some(Selected::Controller(controller.id)) { "true" } else { "false" };
        html! {
            <g class="controller" role="button" tabindex="0" aria-label={label} aria-pressed={pressed} data-hit={["c/", &controller.id.to_string()].concat()}>
                <rect x={n(at.x)} y={n(at.y)} width={n(at.w)} height={n(at.h)} rx="8" class="hit" />
                {sign}{text}
            </g>
        }
    };
    let shares_a_line = layout.fold != Fold::Wide;
    let shown: Vec<&ControllerView> = if shares_a_line {
        view.controllers.iter().filter(|c| c.active).chain(view.controllers.iter().filter(|c| !c.active)).take(1).collect()
    } else {
        view.controllers.iter().collect()
    };
    if shown.is_empty() {
        return html! {};
    }
    html! {
        <>
            <rect x={n(card.x)} y={n(card.y)} width={n(card.w)} height={n(card.h)} rx="8" class="card ctlcard" />
            {for shown.into_iter().zip(&layout.controllers).enumerate().map(|(i, (controller, at))| one(controller, *at, i == 0))}
        </>
    }
}

/// The dotted rail from the controller that decides to every broker.
pub(super) fn bus(view: &ClusterView, layout: &Layout) -> Html {
    if layout.fold == Fold::Narrow || layout.zoom > Zoom::Bars || layout.rows.is_empty() {
        return html! {};
    }
    let active = view.controllers.iter().position(|c| c.active);
    let line = layout.bus_line(active.unwrap_or(0));
    html! {
        <>
            <path d={line.d} class={classes!("bus", active.is_none().then_some("off"))} />
            {for view.brokers.iter().enumerate().map(|(row, broker)| {
                let stop = layout.bus_stop(row);
                if broker.state == BrokerState::Down {
                    let d = path(&[("M", &[stop.x - 3.0, stop.y - 3.0]), ("l6 6m0 -6l-6 6", &[])]);
                    html! { <path {d} class="stopx" /> }
                } else {
                    html! { <circle cx={n(stop.x)} cy={n(stop.y)} r="2.2" class="stop ctlstop" /> }
                }
            })}
        </>
    }
}
