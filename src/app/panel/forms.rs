//! Forms that send records and add things; each makes one command of the scenario language.

use crate::app::act::{Act, Page};
use crate::app::bits::{Fields, choice_field, icon_button, number_field, submit, text_field};
use crate::app::memo::Draw;
use crate::app::tag::{Tag, button, tag, together};
use kafka_playground::sim::SECOND;
use kafka_playground::text::{Lang, Word};
use kafka_playground::world::command::{Command, Placement, Rate, Send, Subscription};
use std::rc::Rc;
use yew::prelude::*;
use yew::virtual_dom::ListenerKind;

/// A topic a form can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TopicChoice {
    /// Its name.
    pub(crate) name: Rc<str>,
    /// How many partitions it has.
    pub(crate) partitions: i32,
}

/// What the forms know of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FormsView {
    /// The topics.
    pub(crate) topics: Vec<TopicChoice>,
    /// Producers by name.
    pub(crate) producers: Vec<Rc<str>>,
    /// How many brokers there are.
    pub(crate) brokers: i32,
    /// Names nobody has yet: a broker's number, a producer, a consumer, a topic.
    pub(crate) next_broker: i32,
    /// For a new producer.
    pub(crate) next_producer: Rc<str>,
    /// For a new consumer.
    pub(crate) next_consumer: Rc<str>,
    /// For a new topic.
    pub(crate) next_topic: Rc<str>,
}

fn topics(view: &FormsView) -> impl Iterator<Item = (AttrValue, AttrValue)> + '_ {
    view.topics.iter().map(|topic| (AttrValue::from(topic.name.clone()), AttrValue::from(topic.name.clone())))
}

fn send_of(fields: &Fields) -> Option<Send> {
    Some(Send {
        topic: fields.given("topic")?,
        partition: fields.number("partition"),
        key: fields.given("key"),
        value: fields.given("value"),
        count: None,
    })
}

/// The values of the form that sends.
#[derive(PartialEq)]
pub(crate) struct SendForm {
    /// The language.
    pub(crate) lang: Lang,
    /// What the form knows.
    pub(crate) view: Rc<FormsView>,
    /// The producer; none: the form asks.
    pub(crate) producer: Option<Rc<str>>,
    /// Whether it sends steadily now.
    pub(crate) has_rate: bool,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

impl Draw for SendForm {
    fn draw(&self) -> Tag {
        let SendForm { lang, view, producer, has_rate, on } = self;
        let lang = *lang;
        let known = producer.clone();
        let who = move |fields: &Fields| known.clone().or_else(|| fields.given("producer"));
        let who_rate = who.clone();
        let send = submit(on, move |fields| {
            let count = fields.number("count").unwrap_or(1).clamp(1, 1_000) as u32;
            let send = Send { count: (count > 1).then_some(count), ..send_of(fields)? };
            Some(Act::Do(Command::Send { producer: who(fields)?, send }))
        });
        let rate = submit(on, move |fields| {
            let count = fields.number("rate")?.clamp(1, 1_000) as u32;
            Some(Act::Do(Command::Rate { producer: who_rate(fields)?, rate: Rate { count, per: SECOND }, send: send_of(fields)? }))
        });
        let most = view.topics.iter().map(|topic| topic.partitions).max().unwrap_or(0);
        let partitions = || {
            let any = (AttrValue::from(""), AttrValue::from(Word::AnyPartition.of(lang)));
            std::iter::once(any)
                .chain((0..most).map(|partition| (AttrValue::from(partition.to_string()), AttrValue::from(partition.to_string()))))
        };
        let whose = || match producer {
            Some(_) => together(),
            None => choice_field(
                "producer",
                Word::Producer.of(lang),
                view.producers.iter().map(|name| (AttrValue::from(name.clone()), AttrValue::from(name.clone()))),
            ),
        };
        tag("section forms")
            .add(
                tag("form form")
                    .on(ListenerKind::onsubmit, send)
                    .add(tag("h3").add(Word::SendForm.of(lang)))
                    .add(whose())
                    .add(choice_field("topic", Word::Topic.of(lang), topics(view)))
                    .add(text_field("key", Word::Key.of(lang), "", false))
                    .add(text_field("value", Word::Value.of(lang), "", false))
                    .add(choice_field("partition", Word::Partition.of(lang), partitions()))
                    .add(number_field("count", Word::Count.of(lang), 1, 1, 1_000))
                    .add(tag("button send").add(Word::Send.of(lang))),
            )
            .add(
                tag("form form")
                    .on(ListenerKind::onsubmit, rate)
                    .add(tag("h3").add(Word::Rate.of(lang)))
                    .add(whose())
                    .add(choice_field("topic", Word::Topic.of(lang), topics(view)))
                    .add(text_field("key", Word::Key.of(lang), "", false))
                    .add(number_field("rate", Word::PerSecond.of(lang), 2, 1, 1_000))
                    .add(tag("div row").add(tag("button btn").add(Word::RateStart.of(lang))).add(
                        if let (true, Some(producer)) = (*has_rate, producer.clone()) {
                            Some(button("btn").click(on, Act::Do(Command::RateOff { producer })).add(Word::RateStop.of(lang)))
                        } else {
                            None
                        },
                    )),
            )
    }
}

/// The values of the forms that add.
#[derive(PartialEq)]
pub(crate) struct Add {
    /// The language.
    pub(crate) lang: Lang,
    /// What the forms know.
    pub(crate) view: Rc<FormsView>,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

impl Draw for Add {
    fn draw(&self) -> Tag {
        let Add { lang, view, on } = self;
        let lang = *lang;
        let topic = submit(on, |fields| {
            let placement = Placement::Automatic {
                partitions: fields.number("partitions")?,
                replication_factor: i16::try_from(fields.number("replication")?).ok()?,
            };
            let configs = fields.given("min").map(|value| (Rc::from("min.insync.replicas"), value)).into_iter().collect();
            Some(Act::Do(Command::Topic { topic: fields.given("name")?, placement, configs }))
        });
        let partitions =
            submit(on, |fields| Some(Act::Do(Command::Partitions { topic: fields.given("topic")?, count: fields.number("count")? })));
        let broker = submit(on, |fields| Some(Act::Do(Command::Broker { broker: fields.number("id")?, rack: fields.given("rack") })));
        let producer = submit(on, |fields| {
            let configs = fields.given("acks").map(|acks| (Rc::from("acks"), acks)).into_iter().collect();
            Some(Act::Do(Command::Producer { producer: fields.given("name")?, configs }))
        });
        let consumer = submit(on, |fields| {
            let configs = fields.given("reset").map(|reset| (Rc::from("auto.offset.reset"), reset)).into_iter().collect();
            let subscription = Subscription::Topics(vec![fields.given("topic")?]);
            Some(Act::Do(Command::Consumer { consumer: fields.given("name")?, subscription, group: fields.given("group"), configs }))
        });
        let words =
            |list: &[&'static str]| list.iter().map(|&word| (AttrValue::from(word), AttrValue::from(word))).collect::<Vec<_>>().into_iter();
        let add = || tag("button btn").add(Word::Add.of(lang));
        let grown = view.topics.first().map_or(1, |topic| topic.partitions + 1);
        tag("section panel forms")
            .add(tag("header").add(tag("h2").add(Word::AddSomething.of(lang))).add(icon_button(
                on,
                "x",
                Word::Close.of(lang),
                Act::Open(Page::None),
            )))
            .add(
                tag("form form")
                    .on(ListenerKind::onsubmit, producer)
                    .add(tag("h3").add(Word::AddProducer.of(lang)))
                    .add(text_field("name", Word::Name.of(lang), view.next_producer.clone(), true))
                    .add(choice_field("acks", "acks", words(&["all", "1", "0"])))
                    .add(add()),
            )
            .add(
                tag("form form")
                    .on(ListenerKind::onsubmit, consumer)
                    .add(tag("h3").add(Word::AddConsumer.of(lang)))
                    .add(text_field("name", Word::Name.of(lang), view.next_consumer.clone(), true))
                    .add(choice_field("topic", Word::Topic.of(lang), topics(view)))
                    .add(text_field("group", Word::Group.of(lang), "g", false))
                    .add(choice_field("reset", "auto.offset.reset", words(&["earliest", "latest", "none"])))
                    .add(add()),
            )
            .add(
                tag("form form")
                    .on(ListenerKind::onsubmit, topic)
                    .add(tag("h3").add(Word::AddTopic.of(lang)))
                    .add(text_field("name", Word::Name.of(lang), view.next_topic.clone(), true))
                    .add(number_field("partitions", Word::Partitions.of(lang), 3, 1, 50))
                    .add(number_field("replication", Word::Replication.of(lang), view.brokers.clamp(1, 3), 1, view.brokers.max(1)))
                    .add(text_field("min", "min.insync.replicas", "", false))
                    .add(add()),
            )
            .add(
                tag("form form")
                    .on(ListenerKind::onsubmit, partitions)
                    .add(tag("h3").add(Word::AddPartitions.of(lang)))
                    .add(choice_field("topic", Word::Topic.of(lang), topics(view)))
                    .add(number_field("count", Word::NewCount.of(lang), grown, 1, 100))
                    .add(add()),
            )
            .add(
                tag("form form")
                    .on(ListenerKind::onsubmit, broker)
                    .add(tag("h3").add(Word::AddBroker.of(lang)))
                    .add(number_field("id", "node.id", view.next_broker, 1, 999))
                    .add(text_field("rack", "broker.rack", "", false))
                    .add(add()),
            )
    }
}
