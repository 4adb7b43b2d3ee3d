//! What is selected: one skeleton for brokers, partitions, records, clients, links and messages.

use super::config::{ConfigRow, Configs};
use super::controller::{ControllerPanel, controller};
use super::faults;
use super::forms::{FormsView, SendForm};
use super::group_card::{positions, state_word};
use super::partition::partition;
use super::producer_card::outcomes;
use crate::app::act::{Act, ConfigOf, Selected};
use crate::app::bits::{action, fact_pair, heading};
use crate::app::links::LinkFault;
use crate::app::memo::{Draw, memo};
use crate::app::tag::{Tag, button, tag, together};
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
    Producer(Rc<ProducerView>),
    /// A consumer, with its group.
    Consumer(ConsumerView, Option<Rc<str>>),
    /// A group.
    Group(Rc<GroupView>),
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
#[derive(PartialEq)]
pub(crate) struct Selection {
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

impl Draw for Selection {
    fn draw(&self) -> Tag {
        let props = self;
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
            Shown::Nothing => tag("p dim").add(Word::NothingSelected.of(lang)),
        };
        tag("section panel sel").at("aria-label", Word::Selected.of(lang)).add(body).add(in_flight(lang, &props.in_flight, on))
    }
}

fn in_flight(lang: Lang, list: &[InFlight], on: &Callback<Act>) -> Tag {
    if list.is_empty() {
        return together();
    }
    together().add(tag("h3").add(Word::InFlight.of(lang))).add(tag("ol flights").each(list.iter().map(|flight| {
        tag("li").key(flight.id).add(button("act").click(on, Act::Select(Some(Selected::Message(flight.id)))).add(&flight.words))
    })))
}

/// An action that gives a command.
pub(crate) fn done(on: &Callback<Act>, lang: Lang, name: Word, why: Word, key: &'static str, command: Command) -> Tag {
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

fn partition_links(list: &[TopicPartition], on: &Callback<Act>) -> Tag {
    if list.is_empty() {
        return together().add("∅");
    }
    together()
        .each(list.iter().map(|one| button("lnk mono").click(on, Act::Select(Some(Selected::Partition(one.clone())))).add(one.to_string())))
}

/// A broker's name, to select it by.
pub(crate) fn broker_link(id: i32, on: &Callback<Act>) -> Tag {
    button("lnk").click(on, Act::Select(Some(Selected::Broker(id)))).add(tag("b").add("broker-").add(id))
}

fn broker(props: &Selection, panel: &BrokerPanel) -> Tag {
    let (lang, on, view) = (props.lang, &props.on, &panel.view);
    let (state, why) = broker_word(view.state);
    let number = |value: Option<i64>| tag("span num").add(value.map_or_else(|| "–".to_owned(), |value| value.to_string()));
    let is_down = view.state == BrokerState::Down;
    together()
        .add(heading(on, lang, Word::Broker.of(lang), &("broker-".to_owned() + &view.id.to_string()), false))
        .add(tag("p").add(tag("b").class_if(is_down, "bad").add(state.of(lang))).add(tag("span dim").add(" · ").add(why.of(lang))))
        .add(
            tag("dl kv")
                .add(fact_pair(Word::BrokerEpoch.of(lang), number(panel.epoch)))
                .add(fact_pair(Word::MetadataOffset.of(lang), number(panel.metadata_offset)))
                .add(fact_pair(Word::SessionLeft.of(lang), tag("span num").add(panel.session.as_deref().unwrap_or("–").to_owned()))),
        )
        .add(
            tag("dl rows")
                .add(fact_pair(Word::Leads.of(lang), partition_links(&view.leads, on)))
                .add(fact_pair(Word::Follows.of(lang), partition_links(&panel.follows, on)))
                .add(view.rack.as_ref().map(|rack| fact_pair("broker.rack", tag("code").add(rack)))),
        )
        .add(tag("h3").add(Word::WhatCanHappen.of(lang)))
        .add(faults::broker(lang, panel, on))
        .add(
            (!panel.links.is_empty())
                .then(|| together().add(tag("h3").add(Word::Links.of(lang))).add(faults::links(lang, &panel.links, view.id, on))),
        )
        .add(configs(props, ConfigOf::Brokers))
}

/// The configuration of what is selected.
fn configs(props: &Selection, of: ConfigOf) -> Tag {
    memo(Configs { lang: props.lang, of, rows: props.configs.rows.clone(), known: props.configs.known.clone(), on: props.on.clone() })
}

/// A log's last records as the panel draws them: six slots and the next one.
pub(crate) fn strip(log: &ReplicaView, leads: bool, on: &Callback<Act>) -> Tag {
    let (y, height, rx) = if leads { (4, 22, "1.5") } else { (6, 18, "5") };
    let class = if log.is_frozen() {
        "dead"
    } else if leads {
        "lead"
    } else {
        "foll"
    };
    let slot = |offset: i64| 1 + 23 * (offset - log.base);
    tag("svg bs width=163 height=30").at("viewBox", "0 0 163 30").add(
        tag("g")
            .class(class)
            .each(log.cells.iter().filter(|cell| (0..7).contains(&(cell.offset - log.base))).map(|cell| {
                let x = slot(cell.offset);
                let act = Act::Select(Some(Selected::Record(log.partition.clone(), cell.offset)));
                tag("g")
                    .key(cell.offset.to_string())
                    .click(on, act)
                    .add(
                        tag("rect width=21.5")
                            .class(if cell.pending { "c u" } else { "c" })
                            .at("x", x)
                            .at("y", y)
                            .at("height", height)
                            .at("rx", rx),
                    )
                    .add(
                        tag("text y=18.7 text-anchor=middle")
                            .class(if cell.pending { "cn u" } else { "cn" })
                            .at("x", x + 11)
                            .add(cell.offset % 100),
                    )
            }))
            .add(
                ((0..7).contains(&(log.end_offset - log.base)) && !log.is_frozen())
                    .then(|| tag("rect ghost width=20.5").at("x", slot(log.end_offset)).at("y", y).at("height", height).at("rx", rx)),
            )
            .add(
                ((0..8).contains(&(log.high_watermark - log.base)))
                    .then(|| tag("path hw").at("d", String::from("M") + &slot(log.high_watermark).to_string() + " 0V30")),
            ),
    )
}

fn topic(props: &Selection, view: &TopicView) -> Tag {
    let (lang, on) = (props.lang, &props.on);
    let list: Vec<TopicPartition> = view.partitions.iter().map(|one| one.partition.clone()).collect();
    together()
        .add(heading(on, lang, Word::Topic.of(lang), &view.name, true))
        .add(
            tag("dl kv")
                .add(fact_pair(Word::Partitions.of(lang), tag("span num").add(view.partitions.len())))
                .add(fact_pair(Word::Replication.of(lang), tag("span num").add(view.replication_factor)))
                .add(fact_pair("min ISR", tag("span num").add(view.min_insync_replicas))),
        )
        .add(tag("dl rows").add(fact_pair(Word::Partitions.of(lang), partition_links(&list, on))))
        .add(tag("ul acts").add(done(on, lang, Word::DeleteTopic, Word::DeleteTopicWhy, "", Command::Delete { topic: view.name.clone() })))
        .add(configs(props, ConfigOf::Topic(view.name.clone())))
}

fn record(lang: Lang, panel: &RecordPanel, on: &Callback<Act>) -> Tag {
    let cell = &panel.cell;
    let name = panel.partition.to_string() + "@" + &cell.offset.to_string();
    let class = match panel.verdict {
        Verdict::Safe => "verdict v-safe",
        Verdict::Pending => "verdict v-wait",
        Verdict::Lost | Verdict::Refused => "verdict",
    };
    let text = |value: &Option<Rc<str>>| tag("code").add(value.as_deref().unwrap_or("null").to_owned());
    together()
        .add(heading(on, lang, Word::Record.of(lang), &name, true))
        .add(
            tag("div").class(class).add(tag("b").add(verdict(lang, panel.verdict))).add(
                tag("p")
                    .add(Word::OnBrokers.of(lang))
                    .add(" ")
                    .add(tag("span num").add(ids(&panel.on)))
                    .add(panel.acknowledged.as_ref().map(|told| together().add(" · ").add(Word::Acked.of(lang)).add(" ").add(told))),
            ),
        )
        .add(tag("ol lifeline").at("aria-label", Word::Life.of(lang)).each(panel.life.iter().map(|step| {
            tag("li").class_if(step.is_reached, "on").add(tag("span").add(step.word.of(lang))).add(tag("span dim num").add(&step.detail))
        })))
        .add(
            tag("dl rows")
                .add(fact_pair(Word::Key.of(lang), text(&cell.key)))
                .add(fact_pair(Word::Value.of(lang), text(&cell.value)))
                .add(fact_pair(Word::LeaderEpoch.of(lang), tag("span num").add(cell.leader_epoch)))
                .add(panel.producer.as_ref().map(|(node, name)| {
                    fact_pair(
                        Word::Producer.of(lang),
                        button("lnk").click(on, Act::Select(Some(Selected::Producer(*node)))).add(tag("b").add(name)),
                    )
                }))
                .add(fact_pair(Word::Partition.of(lang), partition_links(std::slice::from_ref(&panel.partition), on))),
        )
}

fn producer(props: &Selection, view: &ProducerView) -> Tag {
    let (lang, on) = (props.lang, &props.on);
    together()
        .add(heading(on, lang, Word::Producer.of(lang), &view.name, false))
        .add(
            tag("dl kv")
                .add(fact_pair("acks", tag("code").add(&view.acks)))
                .add(fact_pair(Word::Waiting.of(lang), tag("span num").add(view.pending)))
                .add(view.rate.map(|rate| {
                    fact_pair(
                        Word::PerSecond.of(lang),
                        tag("span num").add(rate.count).add("/").add(kafka_playground::text::span(rate.per)),
                    )
                })),
        )
        .add(outcomes(lang, &view.outcomes, 3))
        .add(view.up.then(|| {
            memo(SendForm {
                lang,
                view: props.forms.clone(),
                producer: Some(view.name.clone()),
                has_rate: view.rate.is_some(),
                on: on.clone(),
            })
        }))
        .add(client_actions(lang, &view.name, view.up, view.paused, Word::CloseProducerWhy, on))
        .add(configs(props, ConfigOf::Client(view.name.clone())))
}

fn client_actions(lang: Lang, name: &Rc<str>, is_up: bool, is_paused: bool, close_why: Word, on: &Callback<Act>) -> Tag {
    if !is_up {
        return tag("p dim").add(Word::Closed.of(lang));
    }
    together().add(tag("h3").add(Word::WhatCanHappen.of(lang))).add(faults::client(lang, name, is_paused, close_why, on))
}

fn consumer(props: &Selection, view: &ConsumerView, group: Option<&Rc<str>>) -> Tag {
    let (lang, on) = (props.lang, &props.on);
    together()
        .add(heading(on, lang, Word::Consumer.of(lang), &view.name, false))
        .add(
            tag("dl kv")
                .add(group.map(|group| {
                    fact_pair(
                        Word::Group.of(lang),
                        button("lnk mono").click(on, Act::Select(Some(Selected::Group(group.clone())))).add(group),
                    )
                }))
                .add(fact_pair(Word::ReadStep.of(lang), tag("span num").add(view.received))),
        )
        .add(positions(lang, &view.positions))
        .add(client_actions(lang, &view.name, view.up, view.paused, Word::CloseConsumerWhy, on))
        .add(configs(props, ConfigOf::Client(view.name.clone())))
}

fn group(lang: Lang, view: &GroupView, on: &Callback<Act>) -> Tag {
    together()
        .add(heading(on, lang, Word::Group.of(lang), &view.name, true))
        .add(tag("p").add(tag("b").add(state_word(view.state).of(lang))))
        .add(tag("dl kv").add(fact_pair(Word::Generation.of(lang), tag("span num").add(view.generation))).add(fact_pair(
            "coordinator",
            match view.coordinator {
                Some(id) => broker_link(id, on),
                None => together().add("–"),
            },
        )))
        .each(view.members.iter().map(|member| {
            together()
                .add(tag("h3").add(button("lnk").click(on, Act::Select(Some(Selected::Consumer(member.node)))).add(&member.name)))
                .add(positions(lang, &member.positions))
        }))
}

fn message(lang: Lang, panel: &MessagePanel, on: &Callback<Act>) -> Tag {
    together()
        .add(heading(on, lang, Word::Message.of(lang), &panel.name, true))
        .add(panel.is_held.then(|| tag("p bad").add(Word::FateDropped.of(lang))))
        .add(
            tag("dl rows")
                .add(fact_pair(Word::From.of(lang), tag("b").add(&panel.from)))
                .add(fact_pair(Word::To.of(lang), tag("b").add(&panel.to)))
                .add(fact_pair(Word::SentAt.of(lang), tag("span num").add(&panel.sent)))
                .add(fact_pair(Word::ArrivesAt.of(lang), tag("span num").add(&panel.arrives))),
        )
        .add((!panel.carries.is_empty()).then(|| {
            together()
                .add(tag("h3").add(Word::Carries.of(lang)))
                .add(tag("ul carries mono").each(panel.carries.iter().map(|line| tag("li").add(line))))
        }))
}
