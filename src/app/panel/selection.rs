//! What is selected: one skeleton for brokers, partitions, records, clients, links and messages.

use super::config::{ConfigRow, Configs};
use super::controller::{ControllerPanel, controller};
use super::faults;
use super::forms::{FormsView, SendForm};
use super::group_card::{positions, state_word};
use super::partition::partition;
use super::producer_card::outcomes;
use crate::app::act::{Act, ConfigOf, Selected};
use crate::app::bits::{action, click, fact_pair, heading};
use crate::app::links::LinkFault;
use kafka_playground::kafka::record::TopicPartition;
use kafka_playground::scene::view::{
    BrokerState, BrokerView, CellView, ConsumerView, GroupView, PartitionView, ProducerView, ReplicaView, TopicView, WayView,
};
use kafka_playground::sim::{Micros, NodeId};
use kafka_playground::text::{Lang, Rich, Verdict, Word, ids, verdict};
use kafka_playground::world::command::{Command, NodeName};
use std::rc::Rc;
use yew::prelude::*;

/// A link as the panels list it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LinkRow {
    /// One end.
    pub(crate) from: NodeId,
    /// The other.
    pub(crate) to: NodeId,
    /// Their names in the scenario language.
    pub(crate) names: (NodeName, NodeName),
    /// From the first to the second.
    pub(crate) there: WayView,
    /// And back.
    pub(crate) back: WayView,
    /// The time a message usually needs.
    pub(crate) usual: Micros,
    /// How many messages a cut holds.
    pub(crate) held: usize,
    /// What each fault's row does; only of a link that is looked at.
    pub(crate) commands: Vec<(LinkFault, Command)>,
}

/// A broker's panel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BrokerPanel {
    /// The broker.
    pub(crate) view: BrokerView,
    /// Its epoch, if it is registered.
    pub(crate) epoch: Option<i64>,
    /// What is left of its session at the controller, in words.
    pub(crate) session: Option<Rc<str>>,
    /// How far it has applied the metadata log.
    pub(crate) metadata_offset: Option<i64>,
    /// Partitions it follows.
    pub(crate) follows: Vec<TopicPartition>,
    /// Its log directories.
    pub(crate) directories: Vec<Rc<str>>,
    /// Its links.
    pub(crate) links: Vec<LinkRow>,
}

/// A partition's panel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PartitionPanel {
    /// The partition.
    pub(crate) view: PartitionView,
    /// What the high watermark waits for; none: nothing.
    pub(crate) waits: Option<Rich>,
    /// `min.insync.replicas` as it applies.
    pub(crate) min_insync_replicas: i32,
    /// Without a leader: who will lead once it is unfenced.
    pub(crate) heirs: Vec<i32>,
    /// Acknowledged records that the longest log of an heir does not have.
    pub(crate) at_stake: usize,
    /// How many acknowledged records are safe, and whether all are.
    pub(crate) safe: (Rich, bool),
}

/// A step in a record's life: reached or not, with what stands under it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LifeStep {
    /// Its name.
    pub(crate) word: Word,
    /// Whether it was reached.
    pub(crate) is_reached: bool,
    /// Its time, or a count.
    pub(crate) detail: Rc<str>,
}

/// A record's panel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RecordPanel {
    /// Where it lies.
    pub(crate) partition: TopicPartition,
    /// What it is, as the selected replica holds it.
    pub(crate) cell: CellView,
    /// What became of it.
    pub(crate) verdict: Verdict,
    /// Brokers whose logs hold it.
    pub(crate) on: Vec<i32>,
    /// Its life.
    pub(crate) life: Vec<LifeStep>,
    /// When the producer was told, in words.
    pub(crate) acknowledged: Option<Rc<str>>,
    /// The producer that sent it.
    pub(crate) producer: Option<(NodeId, Rc<str>)>,
}

/// A message's panel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MessagePanel {
    /// Its number.
    pub(crate) id: u64,
    /// The request's or response's name, Kafka's own.
    pub(crate) name: Rc<str>,
    /// The sender.
    pub(crate) from: Rc<str>,
    /// The receiver.
    pub(crate) to: Rc<str>,
    /// When it left.
    pub(crate) sent: Rc<str>,
    /// When it arrives.
    pub(crate) arrives: Rc<str>,
    /// Whether a cut holds it.
    pub(crate) is_held: bool,
    /// What it carries, one line each, as Kafka's fields.
    pub(crate) carries: Vec<Rc<str>>,
}

/// What is selected, with all its panel shows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shown {
    /// A broker.
    Broker(BrokerPanel),
    /// A controller.
    Controller(ControllerPanel),
    /// A partition.
    Partition(PartitionPanel),
    /// A topic.
    Topic(TopicView),
    /// A record.
    Record(RecordPanel),
    /// A producer.
    Producer(ProducerView),
    /// A consumer, with its group.
    Consumer(ConsumerView, Option<Rc<str>>),
    /// A group.
    Group(GroupView),
    /// A link.
    Link(LinkRow),
    /// A message.
    Message(MessagePanel),
    /// Nothing, or what has ceased to be.
    Nothing,
}

/// The configuration part of a panel.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ConfigView {
    /// The rows.
    pub(crate) rows: Rc<Vec<ConfigRow>>,
    /// Every known name of the scope.
    pub(crate) known: Rc<Vec<&'static str>>,
}

/// A message in flight, as the list shows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InFlight {
    /// Its number.
    pub(crate) id: u64,
    /// What it is and between whom.
    pub(crate) words: Rc<str>,
}

/// The panel's values.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SelectionProps {
    /// The language.
    pub(crate) lang: Lang,
    /// What is selected.
    pub(crate) shown: Rc<Shown>,
    /// Its configuration.
    pub(crate) configs: ConfigView,
    /// What forms know.
    pub(crate) forms: Rc<FormsView>,
    /// Messages in flight that concern it, so that each can be reached without a pointer.
    pub(crate) in_flight: Rc<Vec<InFlight>>,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

/// What is selected.
pub(crate) struct Selection;

impl Component for Selection {
    type Message = ();
    type Properties = SelectionProps;

    fn create(_: &Context<Self>) -> Self {
        Selection
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let props = ctx.props();
        let (lang, on) = (props.lang, &props.on);
        let body = match &*props.shown {
            Shown::Broker(panel) => broker(props, panel),
            Shown::Controller(panel) => controller(lang, panel, on),
            Shown::Partition(panel) => partition(lang, panel, on),
            Shown::Topic(view) => topic(props, view),
            Shown::Record(panel) => record(lang, panel, on),
            Shown::Producer(view) => producer(props, view),
            Shown::Consumer(view, group) => consumer(props, view, group.as_ref()),
            Shown::Group(view) => group(lang, view, on),
            Shown::Link(row) => faults::link(lang, row, on),
            Shown::Message(panel) => message(lang, panel, on),
            Shown::Nothing => html! { <p class="dim">{Word::NothingSelected.of(lang)}</p> },
        };
        html! { <section class="panel sel" aria-label={Word::Selected.of(lang)}>{body}{in_flight(lang, &props.in_flight, on)}</section> }
    }
}

fn in_flight(lang: Lang, list: &[InFlight], on: &Callback<Act>) -> Html {
    if list.is_empty() {
        return html! {};
    }
    html! {
        <><h3>{Word::InFlight.of(lang)}</h3>
        <ol class="flights">{for list.iter().map(|flight| html! {
            <li key={flight.id}><button type="button" class="act" onclick={click(on, Act::Select(Some(Selected::Message(flight.id))))}>{&*flight.words}</button></li>
        })}</ol></>
    }
}

/// An action that gives a command.
pub(crate) fn done(on: &Callback<Act>, lang: Lang, name: Word, why: Word, key: &'static str, command: Command) -> Html {
    action(on, name.of(lang), why.of(lang), command.to_string(), key, Act::Do(command))
}

/// A broker's state in words.
pub(crate) fn broker_word(state: BrokerState) -> (Word, Word) {
    match state {
        BrokerState::Alive => (Word::Alive, Word::AliveWhy),
        BrokerState::Starting => (Word::Starting, Word::StartingWhy),
        BrokerState::Fenced => (Word::Fenced, Word::FencedWhy),
        BrokerState::Paused => (Word::Paused, Word::PausedWhy),
        BrokerState::Stopping => (Word::Stopping, Word::StoppingWhy),
        BrokerState::Down => (Word::Down, Word::DownWhy),
    }
}

fn partition_links(list: &[TopicPartition], on: &Callback<Act>) -> Html {
    if list.is_empty() {
        return html! { {"∅"} };
    }
    html! { {for list.iter().map(|one| html! { <button type="button" class="lnk mono" onclick={click(on, Act::Select(Some(Selected::Partition(one.clone()))))}>{one.to_string()}</button> })} }
}

/// A broker's name, to select it by.
pub(crate) fn broker_link(id: i32, on: &Callback<Act>) -> Html {
    html! { <button type="button" class="lnk" onclick={click(on, Act::Select(Some(Selected::Broker(id))))}><b>{"broker-"}{id}</b></button> }
}

fn broker(props: &SelectionProps, panel: &BrokerPanel) -> Html {
    let (lang, on, view) = (props.lang, &props.on, &panel.view);
    let (state, why) = broker_word(view.state);
    let number = |value: Option<i64>| html! { <span class="num">{value.map_or_else(|| "–".to_owned(), |value| value.to_string())}</span> };
    let is_down = view.state == BrokerState::Down;
    html! {
        <>
            {heading(on, lang, Word::Broker.of(lang), &("broker-".to_owned() + &view.id.to_string()), false)}
            <p><b class={is_down.then_some("bad")}>{state.of(lang)}</b><span class="dim">{" · "}{why.of(lang)}</span></p>
            <dl class="kv">
                {fact_pair(Word::BrokerEpoch.of(lang), number(panel.epoch))}
                {fact_pair(Word::MetadataOffset.of(lang), number(panel.metadata_offset))}
                {fact_pair(Word::SessionLeft.of(lang), html! { <span class="num">{panel.session.as_deref().unwrap_or("–").to_owned()}</span> })}
            </dl>
            <dl class="rows">
                {fact_pair(Word::Leads.of(lang), partition_links(&view.leads, on))}
                {fact_pair(Word::Follows.of(lang), partition_links(&panel.follows, on))}
                if let Some(rack) = &view.rack { {fact_pair("broker.rack", html! { <code>{&**rack}</code> })} }
            </dl>
            <h3>{Word::WhatCanHappen.of(lang)}</h3>
            {faults::broker(lang, panel, on)}
            if !panel.links.is_empty() { <><h3>{Word::Links.of(lang)}</h3>{faults::links(lang, &panel.links, view.id, on)}</> }
            <Configs {lang} of={ConfigOf::Brokers} rows={props.configs.rows.clone()} known={props.configs.known.clone()} on={on.clone()} />
        </>
    }
}

/// A log's last records as the panel draws them: six slots and the next one.
pub(crate) fn strip(log: &ReplicaView, leads: bool, on: &Callback<Act>) -> Html {
    let (y, height, rx) = if leads { (4, 22, "1.5") } else { (6, 18, "5") };
    let class = if log.is_frozen() {
        "dead"
    } else if leads {
        "lead"
    } else {
        "foll"
    };
    let slot = |offset: i64| 1 + 23 * (offset - log.base);
    html! {
        <svg viewBox="0 0 163 30" width="163" height="30" class="bs">
            <g {class}>
                {for log.cells.iter().filter(|cell| (0..7).contains(&(cell.offset - log.base))).map(|cell| {
                    let x = slot(cell.offset);
                    let act = Act::Select(Some(Selected::Record(log.partition.clone(), cell.offset)));
                    html! {
                        <g key={cell.offset.to_string()} onclick={click(on, act)}>
                            <rect x={x.to_string()} y={y.to_string()} width="21.5" height={height.to_string()} {rx} class={if cell.pending { "c u" } else { "c" }} />
                            <text x={(x + 11).to_string()} y="18.7" text-anchor="middle" class={if cell.pending { "cn u" } else { "cn" }}>{cell.offset % 100}</text>
                        </g>
                    }
                })}
                if (0..7).contains(&(log.end_offset - log.base)) && !log.is_frozen() {
                    <rect x={slot(log.end_offset).to_string()} y={y.to_string()} width="20.5" height={height.to_string()} {rx} class="ghost" />
                }
                if (0..8).contains(&(log.high_watermark - log.base)) {
                    <path d={String::from("M") + &slot(log.high_watermark).to_string() + " 0V30"} class="hw" />
                }
            </g>
        </svg>
    }
}

fn topic(props: &SelectionProps, view: &TopicView) -> Html {
    let (lang, on) = (props.lang, &props.on);
    let list: Vec<TopicPartition> = view.partitions.iter().map(|one| one.partition.clone()).collect();
    html! {
        <>
            {heading(on, lang, Word::Topic.of(lang), &view.name, true)}
            <dl class="kv">
                {fact_pair(Word::Partitions.of(lang), html! { <span class="num">{view.partitions.len()}</span> })}
                {fact_pair(Word::Replication.of(lang), html! { <span class="num">{view.replication_factor}</span> })}
                {fact_pair("min ISR", html! { <span class="num">{view.min_insync_replicas}</span> })}
            </dl>
            <dl class="rows">{fact_pair(Word::Partitions.of(lang), partition_links(&list, on))}</dl>
            <ul class="acts">{done(on, lang, Word::DeleteTopic, Word::DeleteTopicWhy, "", Command::Delete { topic: view.name.clone() })}</ul>
            <Configs {lang} of={ConfigOf::Topic(view.name.clone())} rows={props.configs.rows.clone()} known={props.configs.known.clone()} on={on.clone()} />
        </>
    }
}

fn record(lang: Lang, panel: &RecordPanel, on: &Callback<Act>) -> Html {
    let cell = &panel.cell;
    let name = panel.partition.to_string() + "@" + &cell.offset.to_string();
    let class = match panel.verdict {
        Verdict::Safe => "verdict v-safe",
        Verdict::Pending => "verdict v-wait",
        Verdict::Lost | Verdict::Refused => "verdict",
    };
    let text = |value: &Option<Rc<str>>| html! { <code>{value.as_deref().unwrap_or("null").to_owned()}</code> };
    html! {
        <>
            {heading(on, lang, Word::Record.of(lang), &name, true)}
            <div class={class}><b>{verdict(lang, panel.verdict)}</b>
                <p>{Word::OnBrokers.of(lang)}{" "}<span class="num">{ids(&panel.on)}</span>if let Some(told) = &panel.acknowledged { {" · "}{Word::Acked.of(lang)}{" "}{&**told} }</p>
            </div>
            <ol class="lifeline" aria-label={Word::Life.of(lang)}>
                {for panel.life.iter().map(|step| html! { <li class={step.is_reached.then_some("on")}><span>{step.word.of(lang)}</span><span class="dim num">{&*step.detail}</span></li> })}
            </ol>
            <dl class="rows">
                {fact_pair(Word::Key.of(lang), text(&cell.key))}{fact_pair(Word::Value.of(lang), text(&cell.value))}
                {fact_pair(Word::LeaderEpoch.of(lang), html! { <span class="num">{cell.leader_epoch}</span> })}
                if let Some((node, name)) = &panel.producer {
                    {fact_pair(Word::Producer.of(lang), html! { <button type="button" class="lnk" onclick={click(on, Act::Select(Some(Selected::Producer(*node))))}><b>{&**name}</b></button> })}
                }
                {fact_pair(Word::Partition.of(lang), partition_links(std::slice::from_ref(&panel.partition), on))}
            </dl>
        </>
    }
}

fn producer(props: &SelectionProps, view: &ProducerView) -> Html {
    let (lang, on) = (props.lang, &props.on);
    html! {
        <>
            {heading(on, lang, Word::Producer.of(lang), &view.name, false)}
            <dl class="kv">
                {fact_pair("acks", html! { <code>{&*view.acks}</code> })}
                {fact_pair(Word::Waiting.of(lang), html! { <span class="num">{view.pending}</span> })}
                if let Some(rate) = view.rate { {fact_pair(Word::PerSecond.of(lang), html! { <span class="num">{rate.count}{"/"}{kafka_playground::text::span(rate.per)}</span> })} }
            </dl>
            {outcomes(lang, &view.outcomes, 3)}
            if view.up {
                <SendForm {lang} view={props.forms.clone()} producer={Some(view.name.clone())} has_rate={view.rate.is_some()} on={on.clone()} />
            }
            {client_actions(lang, &view.name, view.up, view.paused, Word::CloseProducerWhy, on)}
            <Configs {lang} of={ConfigOf::Client(view.name.clone())} rows={props.configs.rows.clone()} known={props.configs.known.clone()} on={on.clone()} />
        </>
    }
}

fn client_actions(lang: Lang, name: &Rc<str>, is_up: bool, is_paused: bool, close_why: Word, on: &Callback<Act>) -> Html {
    if !is_up {
        return html! { <p class="dim">{Word::Closed.of(lang)}</p> };
    }
    html! { <><h3>{Word::WhatCanHappen.of(lang)}</h3>{faults::client(lang, name, is_paused, close_why, on)}</> }
}

fn consumer(props: &SelectionProps, view: &ConsumerView, group: Option<&Rc<str>>) -> Html {
    let (lang, on) = (props.lang, &props.on);
    html! {
        <>
            {heading(on, lang, Word::Consumer.of(lang), &view.name, false)}
            <dl class="kv">
                if let Some(group) = group {
                    {fact_pair(Word::Group.of(lang), html! { <button type="button" class="lnk mono" onclick={click(on, Act::Select(Some(Selected::Group(group.clone()))))}>{&**group}</button> })}
                }
                {fact_pair(Word::ReadStep.of(lang), html! { <span class="num">{view.received.to_string()}</span> })}
            </dl>
            {positions(lang, &view.positions)}
            {client_actions(lang, &view.name, view.up, view.paused, Word::CloseConsumerWhy, on)}
            <Configs {lang} of={ConfigOf::Client(view.name.clone())} rows={props.configs.rows.clone()} known={props.configs.known.clone()} on={on.clone()} />
        </>
    }
}

fn group(lang: Lang, view: &GroupView, on: &Callback<Act>) -> Html {
    html! {
        <>
            {heading(on, lang, Word::Group.of(lang), &view.name, true)}
            <p><b>{state_word(view.state).of(lang)}</b></p>
            <dl class="kv">
                {fact_pair(Word::Generation.of(lang), html! { <span class="num">{view.generation}</span> })}
                {fact_pair("coordinator", match view.coordinator { Some(id) => broker_link(id, on), None => html! { {"–"} } })}
            </dl>
            {for view.members.iter().map(|member| html! {
                <><h3><button type="button" class="lnk" onclick={click(on, Act::Select(Some(Selected::Consumer(member.node))))}>{&*member.name}</button></h3>{positions(lang, &member.positions)}</>
            })}
        </>
    }
}

fn message(lang: Lang, panel: &MessagePanel, on: &Callback<Act>) -> Html {
    html! {
        <>
            {heading(on, lang, Word::Message.of(lang), &panel.name, true)}
            if panel.is_held { <p class="bad">{Word::FateDropped.of(lang)}</p> }
            <dl class="rows">
                {fact_pair(Word::From.of(lang), html! { <b>{&*panel.from}</b> })}{fact_pair(Word::To.of(lang), html! { <b>{&*panel.to}</b> })}
                {fact_pair(Word::SentAt.of(lang), html! { <span class="num">{&*panel.sent}</span> })}
                {fact_pair(Word::ArrivesAt.of(lang), html! { <span class="num">{&*panel.arrives}</span> })}
            </dl>
            if !panel.carries.is_empty() {
                <><h3>{Word::Carries.of(lang)}</h3><ul class="carries mono">{for panel.carries.iter().map(|line| html! { <li>{&**line}</li> })}</ul></>
            }
        </>
    }
}
