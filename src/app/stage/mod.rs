//! The standing scene: rack, columns, links, controllers and client cards as SVG, with one delegated handler for pointer and keyboard.

mod links;
mod replica;
mod rows;
pub(crate) mod what_if;

use super::act::{Act, Page, Selected};
use super::links::LinkFault;
use super::panel::group_card::{GroupCard, consumer};
use super::panel::producer_card::ProducerCard;
use crate::app::memo::memo;
use crate::app::tag::{Tag, tag, together};
use kafka_playground::kafka::record::TopicPartition;
use kafka_playground::map::Map;
use kafka_playground::scene::compose::Cast;
use kafka_playground::scene::layout::{Card, Fold, Layout, Rect, Zoom};
use kafka_playground::scene::path::{Point, written};
use kafka_playground::scene::view::ClusterView;
use kafka_playground::sim::NodeId;
use kafka_playground::text::{Lang, Word, acked_safe};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement, ResizeObserver, SvgElement};
use what_if::Supposed;
use yew::prelude::*;
use yew::virtual_dom::ListenerKind;

/// What a newcomer is shown to click.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Hint {
    /// Nothing any more.
    #[default]
    None,
    /// First Send, then a broker's power.
    Send,
    /// A broker's power.
    Fail,
}

impl Hint {
    /// The next one after so many clicks on Send and on a broker's power.
    pub(crate) fn after(sends: u32, powers: u32) -> Hint {
        match (sends, powers) {
            (0, _) => Hint::Send,
            (_, 0) => Hint::Fail,
            _ => Hint::None,
        }
    }
}

/// For each producer whose card was asked for another one: the key it sends next, none for no key.
pub(crate) type Keys = Map<NodeId, Option<Rc<str>>>;

/// The key that a producer's card sends next.
pub(crate) fn key_of(keys: &Keys, producer: NodeId) -> Option<Rc<str>> {
    keys.get(&producer).cloned().unwrap_or_else(|| Some("apple".into()))
}

/// What the stage shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct StageProps {
    /// The language.
    pub(crate) lang: Lang,
    /// What stands.
    pub(crate) view: Rc<ClusterView>,
    /// Where.
    pub(crate) layout: Rc<Layout>,
    /// What is selected.
    pub(crate) selected: Option<Selected>,
    /// The keys that were chosen on producers' cards.
    pub(crate) keys: Rc<Keys>,
    /// The topic that cards send to, with its number of partitions.
    pub(crate) topic: Option<(Rc<str>, u32)>,
    /// The acknowledged record that a fail-over did not lose.
    pub(crate) survivor: Option<(TopicPartition, i64)>,
    /// What a row of "What if" supposes.
    pub(crate) supposed: Option<Rc<Supposed>>,
    /// What a newcomer is shown.
    pub(crate) hint: Hint,
    /// The canvas over the stage; the painter's.
    pub(crate) canvas: NodeRef,
    /// Which message is drawn at a point of the scene.
    pub(crate) probe: Callback<Point, Option<u64>>,
    /// The scene's size in CSS pixels, whenever it changes.
    pub(crate) on_size: Callback<(f64, f64)>,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

/// What happens to the stage.
pub(crate) enum StageMsg {
    /// A click.
    Click(MouseEvent),
    /// A key.
    Key(KeyboardEvent),
    /// The keyboard went somewhere.
    Focus(FocusEvent),
}

/// The stage.
pub(crate) struct Stage {
    svg: NodeRef,
    /// The place of the grid that Tab reaches: row 0 are the headers, column 0 the faces.
    cell: (usize, usize),
    /// The keyboard goes to that place once it is drawn.
    goes_on: bool,
    /// The link handle that Tab reaches.
    handle: usize,
    cast: Cast,
    observer: Option<(ResizeObserver, Closure<dyn FnMut()>)>,
}

impl Component for Stage {
    type Message = StageMsg;
    type Properties = StageProps;

    fn create(ctx: &Context<Self>) -> Self {
        Stage { svg: NodeRef::default(), cell: (1, 0), goes_on: false, handle: 0, cast: Cast::of(&ctx.props().view), observer: None }
    }

    fn changed(&mut self, ctx: &Context<Self>, _: &Self::Properties) -> bool {
        let props = ctx.props();
        self.cast = Cast::of(&props.view);
        self.cell = (self.cell.0.min(props.layout.rows.len()), self.cell.1.min(props.layout.columns.len()));
        true
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if std::mem::take(&mut self.goes_on) {
            self.go_to(&replica::cell_id(self.cell));
        }
        if first && let Some(svg) = self.svg.cast::<Element>() {
            let on_size = ctx.props().on_size.clone();
            let watched = svg.clone();
            let closure = Closure::new(move || {
                let bounds = watched.get_bounding_client_rect();
                on_size.emit((bounds.width(), bounds.height()));
            });
            if let Ok(observer) = ResizeObserver::new(closure.as_ref().unchecked_ref()) {
                observer.observe(&svg);
                self.observer = Some((observer, closure));
            }
        }
    }

    fn destroy(&mut self, _: &Context<Self>) {
        if let Some((observer, _)) = self.observer.take() {
            observer.disconnect();
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: StageMsg) -> bool {
        match msg {
            StageMsg::Click(event) => self.click(ctx, &event),
            StageMsg::Key(event) => self.key(ctx, &event),
            StageMsg::Focus(event) => self.focused(&event),
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let props = ctx.props();
        let StageProps { lang, view, layout, selected, .. } = props;
        let link = ctx.link();
        let fold = match layout.fold {
            Fold::Wide => "wide beside",
            Fold::Middle => "mid",
            Fold::Narrow => "narrow",
        };
        let lines = links::lines(view, layout, &self.cast);
        let chosen_link = match selected {
            Some(Selected::Link(from, to)) => links::position(&lines, *from, *to),
            _ => None,
        };
        together()
            .add(
                tag("svg sc role=group")
                    .known_as(&self.svg)
                    .at("viewBox", layout.view_box())
                    .at("aria-label", lang.pick("Cluster", "클러스터"))
                    .on(ListenerKind::onclick, link.callback(StageMsg::Click))
                    .on(ListenerKind::onkeydown, link.callback(StageMsg::Key))
                    .on(ListenerKind::onfocusin, link.callback(StageMsg::Focus))
                    .add(
                        tag("g")
                            .class(fold)
                            .add(self.lanes(props))
                            .add(links::client_lines(&lines, layout))
                            .add(rows::quorum(*lang, view, layout, selected))
                            .add(if layout.zoom == Zoom::Pixels {
                                rows::field(*lang, view, layout, selected, self.cell)
                            } else {
                                rows::grid(*lang, view, layout, selected, self.cell, (0, 0))
                            })
                            .add(rows::bus(view, layout))
                            .add(links::rails(&lines, layout))
                            .add(links::handles(*lang, view, &lines, self.handle, chosen_link))
                            .add(self.producers(props))
                            .add(self.consumers(props))
                            .add(survivor(props, &self.cast))
                            .each(props.supposed.iter().map(|s| what_if::supposed(*lang, view, layout, s)))
                            .add(hints(props))
                            .add(tag("g flabels aria-hidden=true").each((0..3).map(|_| {
                                tag("g flabel visibility=hidden").add(tag("rect tagb y=-10 height=20 rx=4")).add(tag("text t11 mono y=4"))
                            }))),
                    ),
            )
            .add(tag("canvas aria-hidden=true").known_as(&props.canvas))
            .into()
    }
}

impl Stage {
    fn lanes(&self, props: &StageProps) -> Tag {
        let StageProps { lang, view, layout, selected, .. } = props;
        let chosen = chosen_column(selected);
        together()
            .each(layout.columns.iter().zip(view.partitions()).filter(|_| layout.zoom <= Zoom::Bars).map(|(column, partition)| {
                let lane = column.lane;
                let is_chosen = chosen == Some(&partition.partition);
                together()
                    .add(tag("rect lane rx=6").class_if(is_chosen, "sel").over(lane))
                    .add(partition.leader.is_none().then(|| tag("rect lane off rx=6").over(lane)))
            }))
            .each(layout.topics.iter().zip(&view.topics).map(|(head, topic)| rows::topic_head(*lang, head, topic, layout)))
            .add((view.topics.is_empty() && !layout.rows.is_empty()).then(|| {
                empty_card(
                    Rect::new(layout.rack.x + layout.rack.w / 2.0 - 70.0, layout.rack.y - 34.0, 140.0, 28.0),
                    Word::AddTopic.of(*lang),
                )
            }))
    }

    fn producers(&self, props: &StageProps) -> Tag {
        let StageProps { lang, view, layout, selected, keys, topic, on, .. } = props;
        together()
            .each(view.producers.iter().zip(&layout.producers).map(|(producer, rect)| {
                tag("foreignObject").key(producer.node.0).xy(rect.x, rect.y).size(rect.w, rect.h).add(
                    tag("div xmlns=http://www.w3.org/1999/xhtml").add(memo(ProducerCard {
                        lang: *lang,
                        view: producer.clone(),
                        choice: key_of(keys, producer.node),
                        topic: topic.clone(),
                        card: layout.producer_card,
                        is_selected: *selected == Some(Selected::Producer(producer.node)),
                        on: on.clone(),
                    })),
                )
            }))
            .add(view.producers.is_empty().then(|| {
                empty_card(
                    match layout.fold {
                        Fold::Wide => Rect::new(20.0, layout.rack.middle_y() - 22.0, 148.0, 44.0),
                        Fold::Middle => Rect::new(30.0, 18.0, 528.0, 44.0),
                        Fold::Narrow => Rect::new(16.0, 10.0, 206.0, 44.0),
                    },
                    Word::AddProducer.of(*lang),
                )
            }))
    }

    fn consumers(&self, props: &StageProps) -> Tag {
        let StageProps { lang, view, layout, selected, on, .. } = props;
        let card = match (layout.fold, layout.consumer_card) {
            (Fold::Narrow, _) => Card::Line,
            (_, card) => card,
        };
        let loners = (!view.loners.is_empty()).then(|| layout.groups.get(view.groups.len())).flatten();
        together()
            .each(view.groups.iter().zip(&layout.groups).map(|(group, at)| {
                group_box(
                    at.rect,
                    layout.fold,
                    memo(GroupCard { lang: *lang, view: group.clone(), card, selected: selected.clone(), on: on.clone() }),
                )
            }))
            .add(loners.map(|at| {
                group_box(
                    at.rect,
                    layout.fold,
                    together()
                        .add((card != Card::Line).then(|| tag("div gh").add(tag("span dim").add(lang.pick("no group", "그룹 없음")))))
                        .add(tag("div").class(if card == Card::Full { "" } else { "gr" }).each(
                            view.loners.iter().map(|c| consumer(*lang, c, card, *selected == Some(Selected::Consumer(c.node)), false, on)),
                        )),
                )
            }))
    }

    /// A click: a message first, then what stands there; true when the lens moved.
    fn click(&mut self, ctx: &Context<Self>, event: &MouseEvent) -> bool {
        let props = ctx.props();
        let Some(target) = event.target().and_then(|t| t.dyn_into::<Element>().ok()) else { return false };
        // Cards have their own buttons.
        if target.closest("foreignObject").ok().flatten().is_some() {
            return false;
        }
        if let Some(svg) = self.svg.cast::<Element>() {
            let bounds = svg.get_bounding_client_rect();
            let p = Point::new(f64::from(event.client_x()) - bounds.left(), f64::from(event.client_y()) - bounds.top());
            if target.closest(".field").ok().flatten().is_some() {
                self.cell = props.layout.place_at(props.layout.to_scene(p));
                return true;
            }
            // A key press comes as a click without a place.
            if event.detail() > 0
                && let Some(message) = props.probe.emit(props.layout.to_scene(p))
            {
                props.on.emit(Act::Select(Some(Selected::Message(message))));
                return false;
            }
        }
        let offset = target.closest("[data-offset]").ok().flatten().and_then(|e| e.get_attribute("data-offset")?.parse().ok());
        if let Some(hit) = hit_of(&target) {
            self.act(ctx, &hit, offset);
        }
        false
    }

    /// What a thing does when it is clicked or entered.
    fn act(&self, ctx: &Context<Self>, hit: &str, offset: Option<i64>) {
        let on = &ctx.props().on;
        let mut words = hit.split('/');
        let kind = words.next().unwrap_or_default();
        let select = |selected| on.emit(Act::Select(Some(selected)));
        let words: Vec<&str> = words.collect();
        let number = |i: usize| words.get(i).and_then(|w| w.parse::<i32>().ok());
        match kind {
            "b" => {
                if let Some(id) = number(0) {
                    select(Selected::Broker(id));
                }
            }
            "power" => {
                if let Some(id) = number(0) {
                    on.emit(Act::Power(id));
                }
            }
            "c" => {
                if let Some(id) = number(0) {
                    select(Selected::Controller(id));
                }
            }
            "t" => {
                if let Some(topic) = words.first() {
                    select(Selected::Topic((*topic).into()));
                }
            }
            "p" => {
                if let (Some(topic), Some(partition)) = (words.first(), number(1)) {
                    select(Selected::Partition(TopicPartition { topic: (*topic).into(), partition }));
                }
            }
            "r" => {
                if let (Some(topic), Some(partition)) = (words.get(1), number(2)) {
                    let partition = TopicPartition { topic: (*topic).into(), partition };
                    select(match offset {
                        Some(offset) => Selected::Record(partition, offset),
                        None => Selected::Partition(partition),
                    });
                }
            }
            "l" => {
                if let (Some(from), Some(to)) = (number(0), number(1)) {
                    on.emit(Act::Link(NodeId(from), NodeId(to), LinkFault::Cut));
                }
            }
            "add" => on.emit(Act::Open(Page::Add)),
            _ => {}
        }
    }

    /// A key on the stage; true when the place that Tab reaches moved.
    fn key(&mut self, ctx: &Context<Self>, event: &KeyboardEvent) -> bool {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return false;
        }
        let Some(target) = event.target().and_then(|t| t.dyn_into::<Element>().ok()) else { return false };
        let id = target.id();
        let handled = || {
            event.prevent_default();
            event.stop_propagation();
        };
        let key = event.key();
        let is_enter = key == "Enter";
        if let Some(at) = id.strip_prefix("l-").and_then(|i| i.parse::<usize>().ok()) {
            let props = ctx.props();
            let count = links::lines(&props.view, &props.layout, &self.cast).len().max(1);
            match key.as_str() {
                "ArrowRight" | "ArrowDown" => self.handle = (at + 1) % count,
                "ArrowLeft" | "ArrowUp" => self.handle = (at + count - 1) % count,
                _ if is_enter || key == " " || key.eq_ignore_ascii_case("x") && !event.shift_key() => {
                    handled();
                    if let Some(hit) = hit_of(&target) {
                        self.act(ctx, &hit, None);
                    }
                    return false;
                }
                _ => return false,
            }
            handled();
            self.go_to(&replica::numbered("l-", self.handle as i32));
            return true;
        }
        let Some((row, column)) = place_of(&id) else {
            if (is_enter || key == " ") && target.get_attribute("data-hit").is_some() {
                handled();
                if let Some(hit) = hit_of(&target) {
                    self.act(ctx, &hit, None);
                }
            }
            return false;
        };
        let layout = &ctx.props().layout;
        let (rows, columns) = (layout.rows.len(), layout.columns.len());
        let next = match key.as_str() {
            "ArrowUp" => (row.saturating_sub(1), column),
            "ArrowDown" => ((row + 1).min(rows), column),
            "ArrowLeft" => (row, column.saturating_sub(1)),
            "ArrowRight" => (row, (column + 1).min(columns)),
            "Home" => (row, 0),
            "End" => (row, columns),
            "k" => {
                let broker = row.checked_sub(1).and_then(|i| ctx.props().view.brokers.get(i));
                if let Some(broker) = broker {
                    handled();
                    ctx.props().on.emit(Act::Power(broker.id));
                }
                return false;
            }
            _ if is_enter || (key == " " && target.get_attribute("role").as_deref() == Some("switch")) => {
                handled();
                if let Some(hit) = hit_of(&target) {
                    self.act(ctx, &hit, None);
                }
                return false;
            }
            _ => return false,
        };
        // Nothing stands where faces and headers cross.
        let next = if next == (0, 0) { if row == 0 { (0, 1.min(columns)) } else { (1, 0) } } else { next };
        handled();
        self.cell = next;
        // Through the lens, the next page is only there once it has been drawn.
        self.goes_on = layout.zoom == Zoom::Pixels;
        self.go_to(&replica::cell_id(next));
        true
    }

    /// A place that was reached by pointer is where Tab comes back to.
    fn focused(&mut self, event: &FocusEvent) -> bool {
        let id = event.target().and_then(|t| t.dyn_into::<Element>().ok()).map(|e| e.id()).unwrap_or_default();
        if let Some(place) = place_of(&id) {
            let moved = self.cell != place;
            self.cell = place;
            return moved;
        }
        if let Some(handle) = id.strip_prefix("l-").and_then(|i| i.parse().ok()) {
            let moved = self.handle != handle;
            self.handle = handle;
            return moved;
        }
        false
    }

    fn go_to(&self, id: &str) {
        let found = self.svg.cast::<Element>().and_then(|svg| svg.query_selector(&["#", id].concat()).ok().flatten());
        if let Some(element) = found {
            if let Some(svg) = element.dyn_ref::<SvgElement>() {
                let _ = svg.focus();
            } else if let Some(html) = element.dyn_ref::<HtmlElement>() {
                let _ = html.focus();
            }
        }
    }
}

/// The partition whose lane is tinted.
fn chosen_column(selected: &Option<Selected>) -> Option<&TopicPartition> {
    match selected {
        Some(Selected::Partition(p) | Selected::Record(p, _)) => Some(p),
        _ => None,
    }
}

fn place_of(id: &str) -> Option<(usize, usize)> {
    let (row, column) = id.strip_prefix("g-")?.split_once('-')?;
    Some((row.parse().ok()?, column.parse().ok()?))
}

fn hit_of(target: &Element) -> Option<String> {
    target.closest("[data-hit]").ok().flatten()?.get_attribute("data-hit")
}

fn group_box(rect: Rect, fold: Fold, inside: Tag) -> Tag {
    let rx = if fold == Fold::Wide { "10" } else { "8" };
    together()
        .add(tag("rect gbox").over(rect).at("rx", rx))
        .add(tag("foreignObject").over(rect).add(tag("div xmlns=http://www.w3.org/1999/xhtml").add(inside)))
}

/// A dashed card where something would stand.
fn empty_card(rect: Rect, word: &'static str) -> Tag {
    tag("g empty role=button tabindex=0 data-hit=add")
        .at("aria-label", word)
        .add(tag("rect rx=8").over(rect))
        .add(tag("text t12 text-anchor=middle").xy(rect.middle_x(), rect.middle_y() + 4.0).add("+ ").add(word))
}

/// "acked, safe" beside the lane, with a line to the record in the new leader's log.
fn survivor(props: &StageProps, cast: &Cast) -> Tag {
    let layout = &props.layout;
    let Some((partition, offset)) = props.survivor.as_ref().filter(|_| layout.zoom == Zoom::Cells) else { return together() };
    let found = props.view.partition(partition).and_then(|view| Some((view, cast.row(view.leader?)?, cast.column(partition)?)));
    let Some((view, row, column)) = found.filter(|(view, ..)| (view.base..view.base + layout.slots as i64).contains(offset)) else {
        return together();
    };
    let Some(rect) = layout.rows.get(row) else { return together() };
    let text = acked_safe(props.lang, &[&partition.to_string(), "@", &offset.to_string()].concat());
    let w = 34.0 + 6.2 * text.chars().map(|c| if c.is_ascii() { 1.0 } else { 1.75 }).sum::<f64>();
    let (x, h) = (layout.offset_x(column, view.base, *offset), 22.0);
    let lane = layout.columns.get(column).map_or(layout.rack.x, |c| c.cells + 6.0);
    let left = (x - w / 2.0).max(lane).min(layout.rack.right() - w - 4.0);
    // Over the row; under it where there is none above.
    let gap = |upper: usize| layout.rows.get(upper + 1).zip(layout.rows.get(upper)).map_or(30.0, |(below, above)| below.y - above.bottom());
    let (top, from, to) = match row.checked_sub(1) {
        Some(above) => {
            let top = rect.y - gap(above) / 2.0 - h / 2.0;
            (top, top + h, rect.y + layout.anatomy.leader.0)
        }
        None => {
            let top = rect.bottom() + gap(row) / 2.0 - h / 2.0;
            (top, top, rect.y + layout.anatomy.leader.0 + layout.anatomy.leader.1)
        }
    };
    tag("g callout aria-hidden=true")
        .add(tag("path cline").d("M% %V%", &[x, from, to]))
        .add(tag("rect cbox rx=5").xy(left, top).size(w, h))
        .add(tag("path tick ok").d("M% %l2.8 3l5 -6.500", &[left + 9.0, top + 11.5]))
        .add(tag("text t11").xy(left + 24.0, top + 15.0).add(text))
}

/// The two things a newcomer can click.
fn hints(props: &StageProps) -> Tag {
    let StageProps { lang, layout, hint, .. } = props;
    if *hint == Hint::None {
        return together();
    }
    let bubble = |strong: bool, number: &'static str, rect: Rect, tip: Point, word: &'static str| {
        let from_below = tip.y < rect.y;
        let edge = if from_below { rect.y + 0.8 } else { rect.bottom() - 0.8 };
        let d = written("M% %L% %L% %", &[tip.x - 6.0, edge, tip.x, tip.y, tip.x + 6.0, edge]);
        tag("g hint aria-hidden=true")
            .class_if(strong, "strong")
            .add(tag("rect hb0 rx=6").over(rect))
            .add(tag("path hb1").at("d", d))
            .add(tag("circle hc").round(rect.x + 15.0, rect.y + 14.0, 8.0))
            .add(tag("text t11 strong hn text-anchor=middle").xy(rect.x + 15.0, rect.y + 18.0).add(number))
            .add(tag("text t12 ht").xy(rect.x + 29.0, rect.y + 18.3).add(word))
    };
    let send = props.layout.producers.first().filter(|_| *hint == Hint::Send).and_then(|card| match layout.fold {
        Fold::Wide if card.y - 44.0 < layout.quorum.bottom() + 4.0 => None,
        Fold::Wide => Some((Rect::new(card.x, card.y - 44.0, card.w, 28.0), Point::new(card.middle_x(), card.y - 2.0))),
        Fold::Middle => Some((Rect::new(card.x, card.bottom() + 8.0, 112.0, 28.0), Point::new(card.x + 30.0, card.bottom()))),
        Fold::Narrow => Some((Rect::new(104.0, card.bottom() + 6.0, 150.0, 28.0), Point::new(150.0, card.bottom() - 2.0))),
    });
    let power =
        layout.rows.first().filter(|_| *hint == Hint::Fail || layout.fold == Fold::Wide).filter(|_| layout.zoom == Zoom::Cells).map(
            |row| {
                let button = layout.anatomy.power;
                let tip = Point::new(row.x + button.x + button.w / 2.0, row.y + button.bottom() + 1.0);
                let w = 154.0;
                let x = (tip.x - 95.0).min(layout.rack.right() - w);
                let y = if layout.fold == Fold::Narrow {
                    tip.y + 10.0
                } else {
                    row.bottom() + 28.0_f64.min(layout.rows.get(1).map_or(28.0, |next| (next.y - row.bottom() - 28.0).max(8.0)))
                };
                (Rect::new(x, y, w, 28.0), tip)
            },
        );
    together()
        .add(send.map(|(rect, tip)| bubble(true, "1", rect, tip, Word::HintSend.of(*lang))))
        .add(power.map(|(rect, tip)| bubble(*hint == Hint::Fail, "2", rect, tip, Word::HintFail.of(*lang))))
}
