//! A partition's panel: who may lead it, every replica's log, what the high watermark waits for, and without a leader, whom it waits for.

use super::selection::{PartitionPanel, broker_link, done, strip};
use crate::app::act::Act;
use crate::app::bits::{action, fact_pair, heading, icon, rich, submit};
use crate::app::tag::{Tag, tag, together};
use kafka_playground::kafka::protocol::ElectionType;
use kafka_playground::scene::view::{ReplicaView, Role, Standing};
use kafka_playground::text::{Lang, Word, follower_fetching, ids, min_isr_of, waits_for_leader, waits_for_leader_why};
use kafka_playground::world::command::Command;
use std::rc::Rc;
use yew::prelude::*;
use yew::virtual_dom::ListenerKind;

/// The panel.
pub(crate) fn partition(lang: Lang, panel: &PartitionPanel, on: &Callback<Act>) -> Tag {
    let view = &panel.view;
    let leader = match view.leader {
        Some(leader) => broker_link(leader, on),
        None => tag("span bad").add(Word::NoLeader.of(lang)),
    };
    let number = |value: i32| tag("span num").add(value);
    let preferred = view.replicas.first().copied().unwrap_or(-1);
    let chips = |list: &[i32], class: &dyn Fn(i32) -> &'static str| {
        if list.is_empty() {
            return tag("span dim").add("∅");
        }
        together().each(list.iter().map(|id| tag("i chip num").class(class(*id)).add(*id)))
    };
    let plain = |_: i32| "";
    let row = |name: &'static str, chips: Tag, remark: Tag| {
        tag("div").add(tag("dt mono").add(name)).add(tag("dd").add(chips).add(tag("span rem").add(remark)))
    };
    let text = |word: Word| together().add(word.of(lang));
    let is_short = view.under_min_isr;
    let none = || together();
    let name = view.partition.to_string();
    let cancel = Command::Reassign { partition: view.partition.clone(), replicas: None };
    together()
        .add(heading(on, lang, Word::Partition.of(lang), &view.partition.to_string(), true))
        .add(
            tag("dl kv")
                .add(fact_pair(Word::Leader.of(lang), leader))
                .add(fact_pair(Word::LeaderEpoch.of(lang), number(view.leader_epoch)))
                .add(fact_pair(Word::PartitionEpoch.of(lang), number(view.partition_epoch))),
        )
        .add(
            tag("dl regs")
                .add(row(
                    "replicas",
                    chips(&view.replicas, &|id| if id == preferred { "pref" } else { "" }),
                    together().add(Word::Preferred.of(lang)).add(" ").add(preferred),
                ))
                .add(row(
                    "isr",
                    chips(&view.isr, &plain),
                    tag("span").class_if(is_short, "bad").add(min_isr_of(lang, view.isr.len(), panel.min_insync_replicas)),
                ))
                .add(row("elr", chips(&view.elr, &plain), if view.elr.is_empty() { none() } else { text(Word::MayLead) }))
                .add(row(
                    "lastKnownElr",
                    chips(&view.last_known_elr, &|_| "last"),
                    if view.last_known_elr.is_empty() { none() } else { text(Word::LedLast) },
                ))
                .add(row("adding", chips(&view.adding, &plain), none()))
                .add(row(
                    "removing",
                    chips(&view.removing, &plain),
                    if view.removing.is_empty() { none() } else { text(Word::OnceInSync) },
                )),
        )
        .add(
            tag("div reps")
                .add(
                    tag("div r2 rh aria-hidden=true")
                        .add(tag("span"))
                        .add(tag("span").add("LEO"))
                        .add(tag("span").add("HW"))
                        .add(tag("span").add(Word::Epochs.of(lang))),
                )
                .each(view.replicas.iter().filter_map(|id| view.log_on(*id)).map(|log| replica(lang, log, on))),
        )
        .add(if view.leader.is_none() {
            orphan(lang, panel, on)
        } else {
            tag("div note waits").add(tag("b").add(Word::WatermarkWaits.of(lang))).add(tag("p").add(match &panel.waits {
                Some(waits) => rich(waits),
                None => text(Word::NothingWaits),
            }))
        })
        .add(
            tag("div")
                .class(if panel.safe.1 { "note safe" } else { "note lostnote" })
                .add(tag("b").add(icon("shield")).add(tag("span").add(rich(&panel.safe.0)))),
        )
        .add(
            tag("form val reassign")
                .on(
                    ListenerKind::onsubmit,
                    submit(on, move |fields| Some(Act::Line(["reassign ", &name, " ", &fields.text("value")].concat().into()))),
                )
                .add(
                    tag("label fld").add(tag("span").add(Word::Reassign.of(lang))).add(
                        tag("input mono name=value autocomplete=off spellcheck=false").value(ids(&view.replicas)).flag("required", true),
                    ),
                )
                .add(tag("button btn").add(Word::Change.of(lang))),
        )
        .add(
            tag("ul acts")
                .add(view.leader.is_some_and(|leader| leader != preferred).then(|| {
                    done(
                        on,
                        lang,
                        Word::ElectPreferred,
                        Word::ElectPreferredWhy,
                        "",
                        Command::Elect { election: ElectionType::Preferred, partition: view.partition.clone() },
                    )
                }))
                .add(
                    (!view.adding.is_empty() || !view.removing.is_empty())
                        .then(|| done(on, lang, Word::CancelReassignment, Word::CancelReassignmentWhy, "", cancel)),
                ),
        )
}

/// Whom a partition without a leader waits for, what will happen then, and what can be done now.
fn orphan(lang: Lang, panel: &PartitionPanel, on: &Callback<Act>) -> Tag {
    let view = &panel.view;
    let command = Command::Elect { election: ElectionType::Unclean, partition: view.partition.clone() };
    let is_last_known = view.isr.is_empty() && view.elr.is_empty();
    tag("div note lostnote")
        .add(tag("b").add(waits_for_leader(lang, is_last_known)))
        .add(tag("p").add(rich(&waits_for_leader_why(lang, &panel.heirs, is_last_known, panel.at_stake as i64))))
        .add(tag("ul acts").add(action(
            on,
            Word::ElectUnclean.of(lang),
            Word::ElectUncleanWhy.of(lang),
            command.to_string(),
            "",
            Act::Do(command),
        )))
}

/// What a replica is called beside its log.
pub(crate) fn standing_word(standing: Standing) -> Word {
    match standing {
        Standing::InIsr => Word::InIsr,
        Standing::InElr => Word::InElr,
        Standing::LastKnown => Word::LastKnown,
        Standing::Adding => Word::Adding,
        Standing::Out => Word::NotInIsr,
    }
}

fn replica(lang: Lang, log: &Rc<ReplicaView>, on: &Callback<Act>) -> Tag {
    let leads = log.role == Role::Leader;
    let (glyph, role) = match log.role {
        Role::Leader => ("rg l", Word::Leader.of(lang).to_owned()),
        Role::Follower => ("rg f", follower_fetching(lang, log.end_offset)),
        Role::WasLeader | Role::WasFollower => ("rg d", Word::Down.of(lang).to_owned()),
        Role::Unknown => ("rg f", Word::Starting.of(lang).to_owned()),
    };
    let epochs: Vec<String> = log.epochs.iter().map(|(epoch, start)| epoch.to_string() + ":" + &start.to_string()).collect();
    let class = match log.standing {
        Standing::InIsr => "inisr",
        Standing::InElr | Standing::LastKnown => "inelr",
        Standing::Adding | Standing::Out => "outisr",
    };
    let watermark = if log.is_frozen() { "–".to_owned() } else { log.high_watermark.to_string() };
    tag("div rrow")
        .key(log.broker)
        .add(
            tag("div r1")
                .add(tag("span").class(glyph))
                .add(broker_link(log.broker, on))
                .add(tag("span role").add(role))
                .add(tag("span").class(class).add(standing_word(log.standing).of(lang))),
        )
        .add(
            tag("div r2")
                .add(strip(log, leads, on))
                .add(tag("span num").add(log.end_offset))
                .add(tag("span num").add(watermark))
                .add(tag("span num ep").at("title", ids(&[log.leader_epoch])).add(epochs.join(","))),
        )
}
