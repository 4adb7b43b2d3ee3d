//! The rack: headers, brokers' rows with their faces, the quorum's card and the dotted rail of the control plane.

use super::replica::{Place, Replica, cell_id, cross, numbered, tab};
use crate::app::act::Selected;
use crate::app::memo::keyed_memo;
use crate::app::panel::controller::state;
use crate::app::tag::{Tag, tag, together};
use kafka_playground::scene::layout::{Fold, Layout, Rect, TopicHead, Zoom};
use kafka_playground::scene::path::{n, written};
use kafka_playground::scene::view::{BrokerState, BrokerView, ClusterView, ControllerView, PartitionView, Role, TopicView};
use kafka_playground::text::{Lang, Word, controller_line, ids, leads, power_name, select_name, topic_shape, zookeeper_line};

/// A topic's headline over its columns.
pub(super) fn topic_head(lang: Lang, head: &TopicHead, topic: &TopicView, layout: &Layout) -> Tag {
    let bracket = head
        .bracket
        .filter(|_| layout.zoom <= Zoom::Bars)
        .map(|(left, right, y)| tag("path hairline").d("M% %V%H%V%", &[left, y + 6.0, y, right, y + 6.0]));
    let room = head.bracket.map_or(layout.rack.w, |(left, right, _)| right - left);
    let Some(at) = head.text else { return together() };
    let partitions = topic.partitions.len() as i64;
    together().add(bracket).add(
        tag("g thead role=button tabindex=0")
            .at("data-hit", ["t/", &topic.name].concat())
            .at("aria-label", select_name(lang, Word::Topic, &topic.name))
            .add(tag("rect hit height=24 rx=5").xy(at.x - 4.0, at.y - 17.0).at("width", room.min(380.0) + 8.0))
            .add(
                tag("text t12")
                    .xy(at.x, at.y)
                    .add(tag("tspan dim").add(Word::Topic.of(lang)).add(" "))
                    .add(tag("tspan mono strong").add(&topic.name))
                    .add(
                        (room >= 250.0)
                            .then(|| tag("tspan dim").add(" · ").add(topic_shape(lang, partitions, i64::from(topic.replication_factor)))),
                    )
                    .add((room >= 390.0).then(|| tag("tspan dim mono").add(" · min.insync.replicas=").add(topic.min_insync_replicas))),
            ),
    )
}

/// The rack as a grid: headers, then rows; `first`: the row and column it begins with, where it is the lens's.
pub(super) fn grid(
    lang: Lang,
    view: &ClusterView,
    layout: &Layout,
    selected: &Option<Selected>,
    cell: (usize, usize),
    first: (usize, usize),
) -> Tag {
    let partitions: Vec<&PartitionView> = view.partitions().skip(first.1).collect();
    tag("g role=grid")
        .at("aria-label", lang.pick("Brokers by partitions", "브로커와 파티션"))
        .add(
            tag("g role=row").each(
                layout
                    .columns
                    .iter()
                    .zip(&partitions)
                    .enumerate()
                    .map(|(i, (column, partition))| header(lang, column.head, partition, layout, (0, first.1 + i + 1), cell)),
            ),
        )
        .each(
            view.brokers.iter().skip(first.0).zip(&layout.rows).enumerate().map(|(row, (broker, rect))| {
                broker_row(lang, (first.0 + row, first.1), *rect, broker, &partitions, layout, selected, cell)
            }),
        )
}

/// The level of pixels: the whole rack as a field without words, and a lens that opens a part of it at glyphs.
pub(super) fn field(lang: Lang, view: &ClusterView, layout: &Layout, selected: &Option<Selected>, cell: (usize, usize)) -> Tag {
    let partitions: Vec<&PartitionView> = view.partitions().collect();
    let mut bad = String::new();
    for (column, _) in layout.columns.iter().zip(&partitions).filter(|(_, p)| p.leader.is_none() || p.is_under_replicated()) {
        bar(&mut bad, column.lane.x, layout.rack.y - 8.0, column.lane.w, 4.0);
    }
    let rack = layout.rack;
    let page = layout.through_lens(cell);
    let frame = |r: Rect| tag("rect lens rx=2").over(r);
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
    together()
        .add(
            tag("g field aria-hidden=true")
                .add(tag("rect card").over(rack))
                .each(view.brokers.iter().zip(&layout.rows).map(|(broker, rect)| pixels(*rect, broker, &partitions, layout)))
                .add(tag("path f-fault").at("d", bad))
                .add(seen.map(frame)),
        )
        .add(page.as_ref().map(|(page, first)| {
            together()
                .add(title.map(|title| tag("text t11 mono dim").xy(layout.lens.x, layout.lens.y + 6.0).add(title)))
                .add(grid(lang, view, page, selected, cell, *first))
                .add(frame(Rect::new(page.rack.x - 3.0, page.rack.y - 12.0, page.rack.w + 6.0, page.rack.h + 13.0)))
        }))
}

/// A rectangle as a piece of a path.
fn bar(path: &mut String, x: f64, y: f64, w: f64, h: f64) {
    let (w, h) = (n(w.max(1.0)), n(h));
    for piece in ["M", &n(x), " ", &n(y), "h", &w, "v", &h, "h-", &w, "z"] {
        path.push_str(piece);
    }
}

fn header(lang: Lang, head: Rect, partition: &PartitionView, layout: &Layout, at: (usize, usize), cell: (usize, usize)) -> Tag {
    let isr = ids(&partition.isr);
    let name = partition.partition.to_string();
    let hit = numbered(&["p/", &*partition.partition.topic, "/"].concat(), partition.partition.partition);
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
    let baseline = head.y + 20.0;
    tag("g phead role=columnheader")
        .at("id", cell_id(at))
        .at("tabindex", tab(at == cell))
        .at("aria-label", label)
        .at("data-hit", hit)
        .add(tag("rect hit rx=5").over(head))
        .add(match layout.zoom {
            Zoom::Cells => together()
                .add(partition.under_min_isr.then(|| tag("rect f-fault height=3").xy(head.x, head.bottom() - 3.0).at("width", head.w)))
                .add(
                    tag("text")
                        .class(if narrow { "t11 mono strong" } else { "t12 mono strong" })
                        .at("x", head.x + inset)
                        .at("y", baseline)
                        .add(name.clone()),
                )
                .add(if !narrow && fits(&short) {
                    let words = tag("tspan").class(if is_bad { "faulttext" } else { "dim" }).add(short);
                    Some(tag("text t11 num text-anchor=end").at("x", head.right() - 4.0).at("y", baseline).add(words))
                } else {
                    is_bad.then(|| tag("rect f-fault width=12 height=3").xy(head.x + inset, head.y + 24.0))
                }),
            Zoom::Bars => together()
                .add(tag("text t11 mono text-anchor=middle").at("x", head.middle_x()).at("y", baseline).add(partition.partition.partition))
                .add(is_bad.then(|| tag("rect f-fault width=12 height=3").xy(head.middle_x() - 6.0, head.y + 24.0))),
            Zoom::Glyphs | Zoom::Pixels => together().add(is_bad.then(|| {
                tag("rect f-fault height=4").xy(head.middle_x() - (head.w / 2.0).min(4.0), layout.rack.y - 8.0).at("width", head.w.min(8.0))
            })),
        })
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
) -> Tag {
    let a = layout.anatomy;
    let state = match broker.state {
        BrokerState::Down => "down",
        BrokerState::Fenced => "fenced",
        BrokerState::Paused => "paused",
        _ => "",
    };
    let rx = if a.height > 20.0 { "8" } else { "2" };
    let area = |class: &'static str| tag("rect").class(class).over(rect).at("rx", rx);
    let chosen =
        super::chosen_column(selected).and_then(|p| partitions.iter().position(|v| v.partition == *p)).and_then(|i| layout.columns.get(i));
    let wire = rect.y + a.wire;
    tag("g broker role=row")
        .class(state)
        .class_if(*selected == Some(Selected::Broker(broker.id)), "sel")
        .at("data-hit", numbered("b/", broker.id))
        .add(area("card"))
        .add(
            chosen
                .filter(|_| layout.zoom <= Zoom::Bars)
                .map(|column| tag("rect lane sel in").xy(column.lane.x.max(rect.x + 1.0), rect.y + 1.0).size(column.lane.w, rect.h - 2.0)),
        )
        .add((broker.state == BrokerState::Down && a.height > 4.0).then(|| area("hatch")))
        .add((broker.state == BrokerState::Paused && a.height > 4.0).then(|| area("stripes")))
        .add((a.height > 20.0).then(|| tag("line wire").at("x1", rect.x).at("y1", wire).at("x2", rect.right()).at("y2", wire)))
        .add(face(lang, row, rect, broker, layout, cell))
        .each(layout.columns.iter().zip(partitions).enumerate().filter_map(|(i, (column, partition))| {
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
            Some(keyed_memo(i, Replica { lang, view: replica.clone(), place, is_selected, is_tab_stop: cell == (row + 1, first + i + 1) }))
        }))
        .add((layout.zoom == Zoom::Glyphs).then(|| {
            together()
                .add(
                    tag("rect f-lead height=8")
                        .xy(rect.right() - 70.0, rect.y + 4.0)
                        .at("width", (broker.leads.len() as f64 * 6.0).min(46.0)),
                )
                .add(tag("text t10 num dim text-anchor=end").xy(rect.right() - 4.0, rect.y + 12.0).add(broker.leads.len()))
        }))
        .add((a.height > 20.0).then(|| {
            together()
                .add(tag("circle port r=3.2").at("cx", rect.x).at("cy", wire))
                .add(tag("circle port r=3.2").at("cx", rect.right()).at("cy", wire))
        }))
}

/// A row of pixels: one path a role, the worst drawn last.
fn pixels(rect: Rect, broker: &BrokerView, partitions: &[&PartitionView], layout: &Layout) -> Tag {
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
    together().add(tag("path f-foll2").at("d", foll)).add(tag("path f-lead").at("d", lead)).add(tag("path f-fault").at("d", dead))
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

fn lamp(state: BrokerState, x: f64, y: f64) -> Tag {
    match state {
        BrokerState::Alive => tag("circle lamp r=4").at("cx", x).at("cy", y),
        BrokerState::Starting => tag("circle lampo dash r=4").at("cx", x).at("cy", y),
        BrokerState::Fenced => {
            together().add(tag("circle lampc r=4").at("cx", x).at("cy", y)).add(tag("path lampcf").d("M% %a4 4 0 0 0 0 8z", &[x, y - 4.0]))
        }
        BrokerState::Paused => tag("path lamp").d("M% %h2.5v8h-2.5zm4.5 0h2.5v8h-2.5z", &[x - 3.5, y - 4.0]),
        BrokerState::Stopping => tag("path gline").d("M% %v9m-3.6 -3.6l3.6 3.6l3.6 -3.6", &[x, y - 4.5]),
        BrokerState::Down => cross(x - 4.0, y - 4.5, "gx"),
    }
}

fn face(lang: Lang, row: usize, rect: Rect, broker: &BrokerView, layout: &Layout, cell: (usize, usize)) -> Tag {
    let a = layout.anatomy;
    if a.height < 10.0 {
        return together();
    }
    let narrow = layout.fold == Fold::Narrow && layout.zoom == Zoom::Cells;
    let word = state_word(broker.state);
    let name = numbered("broker-", broker.id);
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
        Zoom::Glyphs | Zoom::Pixels => tag("text")
            .class(if broker.state == BrokerState::Down { "t11 num faulttext" } else { "t11 num dim" })
            .xy(rect.x + 14.0, name_y)
            .add(broker.id),
        Zoom::Bars => together()
            .add(tag("text t12 strong").xy(name_x, name_y).add(name))
            .add(lamp(broker.state, lamp_x, lamp_y))
            .add(tag("text").class(state_class).xy(name_x + 13.0, rect.y + a.state).add(word.of(lang))),
        Zoom::Cells if narrow => together()
            .add(lamp(broker.state, lamp_x, lamp_y))
            .add(tag("text t12").xy(name_x, name_y).add(tag("tspan strong").add(name)).add(tag("tspan dim").add(":9092")))
            .add(
                tag("text text-anchor=end")
                    .class(if broker.state == BrokerState::Alive { "t11 dim" } else { state_class })
                    .xy(rect.right() - 42.0, rect.y + a.leads)
                    .add(if broker.state == BrokerState::Alive { last } else { word.of(lang).to_owned() }),
            ),
        Zoom::Cells => together()
            .add(tag("text t13").xy(name_x, name_y).add(tag("tspan strong").add(name)).add(tag("tspan dim t12").add(":9092")))
            .add(lamp(broker.state, lamp_x, lamp_y))
            .add(tag("text").class(state_class).xy(name_x + 13.0, rect.y + a.state).add(word.of(lang)))
            .add(broker.controller.then(|| tag("path hexa").at("d", hexagon(rect.x + 104.0, rect.y + a.state - 4.0, 1.0))))
            .add(
                tag("text")
                    .class(if broker.disk_latency > 0 { "t11 faulttext" } else { "t11 dim" })
                    .xy(name_x, rect.y + a.leads)
                    .add(if broker.disk_latency > 0 { Word::SlowDiskState.of(lang).to_owned() } else { last }),
            )
            .add(broker.session.filter(|passed| *passed > 0).map(|passed| {
                together()
                    .add(tag("rect sess width=48 height=4 rx=2").xy(name_x, rect.y + a.leads + 6.0))
                    .add(tag("rect sessf height=4 rx=2").xy(name_x, rect.y + a.leads + 6.0).at("width", f64::from(passed) * 1.2))
            })),
    };
    together()
        .add(
            tag("g bface role=rowheader")
                .at("id", cell_id(place))
                .at("tabindex", tab(cell == place))
                .at("aria-label", label)
                .add(tag("rect hit face rx=6").xy(rect.x + a.face.x, rect.y + a.face.y).size(a.face.w, a.face.h))
                .add(text),
        )
        .add((layout.zoom <= Zoom::Bars).then(|| power(lang, rect, broker, layout)))
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

fn power(lang: Lang, rect: Rect, broker: &BrokerView, layout: &Layout) -> Tag {
    let button = layout.anatomy.power;
    let (x, y) = (rect.x + button.x, rect.y + button.y);
    let is_down = broker.state == BrokerState::Down;
    // A finger needs 44; beside the rack's own lines there is room for it in portrait.
    let reach = if layout.fold == Fold::Wide || layout.zoom != Zoom::Cells { 18.0 } else { 22.0 };
    let (cx, cy) = (x + button.w / 2.0, y + button.h / 2.0);
    tag("g role=gridcell").add(
        tag("g power role=switch tabindex=0")
            .class_if(is_down, "on")
            .at("id", numbered("pw-", broker.id))
            .at("aria-checked", if is_down { "false" } else { "true" })
            .at("aria-label", power_name(lang, broker.id, !is_down))
            .at("data-hit", numbered("power/", broker.id))
            .add(tag("rect hit rx=6").xy(cx - reach, cy - reach).size(2.0 * reach, 2.0 * reach))
            .add(tag("rect pb rx=6").xy(x, y).size(button.w, button.h))
            .add(tag("path pi").d("M% %v6M% %a5.4 5.4 0 1 0 7.6 0", &[cx, cy - 6.0, cx - 3.8, cy - 3.4])),
    )
}

fn hexagon(x: f64, y: f64, size: f64) -> String {
    let corners =
        [(7.8, 4.5), (0.0, 9.0), (-7.8, 4.5), (-7.8, -4.5), (0.0, -9.0), (7.8, -4.5)].map(|(dx, dy)| [x + dx * size, y + dy * size]);
    written("M% % % % % % % % % % % %z", &corners.concat())
}

/// The quorum's card: one controller with its words, or a line a voter.
pub(super) fn quorum(lang: Lang, view: &ClusterView, layout: &Layout, selected: &Option<Selected>) -> Tag {
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
            (true, true) if view.controllers.len() > 1 => tag("path hexa leads").at("d", hexagon(x, y, size)),
            (true, true) => tag("path hexa").at("d", hexagon(x, y, size)),
            (true, false) => tag("path hexa follows").at("d", hexagon(x, y, size)),
            (false, _) => cross(x - 4.0, y - 4.0, "gx"),
        };
        let text = if layout.fold == Fold::Narrow {
            together()
                .add(tag("text t11 strong").xy(at.x + 36.0, at.y + 19.0).add(if controller.zookeeper.is_some() {
                    "Zoo"
                } else {
                    "controller-"
                }))
                .add(tag("text t11 strong").xy(at.x + 36.0, at.y + 33.0).add(if controller.zookeeper.is_some() {
                    "Keeper".to_owned()
                } else {
                    controller.id.to_string()
                }))
        } else if is_first {
            together()
                .add(tag("text t13 strong").xy(at.x + 38.0, at.y + 19.0).add(name))
                .add(tag("text").class(if controller.up { "t11 dim" } else { "t11 faulttext" }).xy(at.x + 38.0, at.y + 35.0).add(line))
        } else {
            let class = if controller.up { "dim" } else { "faulttext" };
            tag("text t12")
                .xy(at.x + 38.0, at.middle_y() + 4.0)
                .add(tag("tspan").add(controller.id))
                .add(tag("tspan").class(class).add(" ").add(state))
        };
        tag("g controller role=button tabindex=0")
            .at("aria-label", label)
            .at("aria-pressed", *selected == Some(Selected::Controller(controller.id)))
            .at("data-hit", numbered("c/", controller.id))
            .add(tag("rect hit rx=8").over(at))
            .add(sign)
            .add(text)
    };
    let shares_a_line = layout.fold != Fold::Wide;
    let shown: Vec<&ControllerView> = if shares_a_line {
        view.controllers.iter().filter(|c| c.active).chain(view.controllers.iter().filter(|c| !c.active)).take(1).collect()
    } else {
        view.controllers.iter().collect()
    };
    if shown.is_empty() {
        return together();
    }
    together()
        .add(tag("rect card ctlcard rx=8").over(card))
        .each(shown.into_iter().zip(&layout.controllers).enumerate().map(|(i, (controller, at))| one(controller, *at, i == 0)))
}

/// The dotted rail from the controller that decides to every broker.
pub(super) fn bus(view: &ClusterView, layout: &Layout) -> Tag {
    if layout.fold == Fold::Narrow || layout.zoom > Zoom::Bars || layout.rows.is_empty() {
        return together();
    }
    let active = view.controllers.iter().position(|c| c.active);
    let line = layout.bus_line(active.unwrap_or(0));
    together().add(tag("path bus").class_if(active.is_none(), "off").at("d", line.d)).each(view.brokers.iter().enumerate().map(
        |(row, broker)| {
            let stop = layout.bus_stop(row);
            if broker.state == BrokerState::Down {
                tag("path stopx").d("M% %l6 6m0 -6l-6 6", &[stop.x - 3.0, stop.y - 3.0])
            } else {
                tag("circle stop ctlstop").round(stop.x, stop.y, 2.2)
            }
        },
    ))
}
