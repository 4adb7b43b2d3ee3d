//! A partition's panel: who may lead it, every replica's log, what the high watermark waits for, and without a leader, whom it waits for.

use super::selection::{PartitionPanel, broker_link, done, strip};
use crate::app::act::Act;
use crate::app::bits::{action, fact_pair, heading, icon, rich, submit};
use kafka_playground::kafka::protocol::ElectionType;
use kafka_playground::scene::view::{ReplicaView, Role, Standing};
use kafka_playground::text::{Lang, Word, follower_fetching, ids, min_isr_of, waits_for_leader, waits_for_leader_why};
use kafka_playground::world::command::Command;
use std::rc::Rc;
use yew::prelude::*;

/// The panel.
pub(crate) fn partition(lang: Lang, panel: &PartitionPanel, on: &Callback<Act>) -> Html {
    let view = &panel.view;
    let leader = match view.leader {
        Some(leader) => broker_link(leader, on),
        None => html! { <span class="bad">{Word::NoLeader.of(lang)}</span> },
    };
    let number = |value: i32| html! { <span class="num">{value}</span> };
    let preferred = view.replicas.first().copied().unwrap_or(-1);
    let chips = |list: &[i32], class: &dyn Fn(i32) -> &'static str| {
        if list.is_empty() {
            return html! { <span class="dim">{"∅"}</span> };
        }
        html! { <>{for list.iter().map(|id| html! { <i class={classes!("chip", "num", class(*id))}>{*id}</i> })}</> }
    };
    let plain = |_: i32| "";
    let row = |name: &'static str, chips: Html, remark: Html| {
        html! { <div><dt class="mono">{name}</dt><dd>{chips}<span class="rem">{remark}</span></dd></div> }
    };
    let text = |word: Word| html! { {word.of(lang)} };
    let is_short = view.under_min_isr;
    let none = || html! {};
    let name = view.partition.to_string();
    let cancel = Command::Reassign { partition: view.partition.clone(), replicas: None };
    html! {
        <>
            {heading(on, lang, Word::Partition.of(lang), &view.partition.to_string(), true)}
            <dl class="kv">
                {fact_pair(Word::Leader.of(lang), leader)}
                {fact_pair(Word::LeaderEpoch.of(lang), number(view.leader_epoch))}
                {fact_pair(Word::PartitionEpoch.of(lang), number(view.partition_epoch))}
            </dl>
            <dl class="regs">
                {row("replicas", chips(&view.replicas, &|id| if id == preferred { "pref" } else { "" }), html! { <>{Word::Preferred.of(lang)}{" "}{preferred}</> })}
                {row("isr", chips(&view.isr, &plain), html! { <span class={is_short.then_some("bad")}>{min_isr_of(lang, view.isr.len(), panel.min_insync_replicas)}</span> })}
                {row("elr", chips(&view.elr, &plain), if view.elr.is_empty() { none() } else { text(Word::MayLead) })}
                {row("lastKnownElr", chips(&view.last_known_elr, &|_| "last"), if view.last_known_elr.is_empty() { none() } else { text(Word::LedLast) })}
                {row("adding", chips(&view.adding, &plain), none())}
                {row("removing", chips(&view.removing, &plain), if view.removing.is_empty() { none() } else { text(Word::OnceInSync) })}
            </dl>
            <div class="reps">
                <div class="r2 rh" aria-hidden="true"><span></span><span>{"LEO"}</span><span>{"HW"}</span><span>{Word::Epochs.of(lang)}</span></div>
                {for view.replicas.iter().filter_map(|id| view.log_on(*id)).map(|log| replica(lang, log, on))}
            </div>
            if view.leader.is_none() {
                {orphan(lang, panel, on)}
            } else {
                <div class="note waits"><b>{Word::WatermarkWaits.of(lang)}</b>
                    <p>{match &panel.waits { Some(waits) => rich(waits), None => text(Word::NothingWaits) }}</p>
                </div>
            }
            <div class={if panel.safe.1 { "note safe" } else { "note lostnote" }}><b>{icon("shield")}<span>{rich(&panel.safe.0)}</span></b></div>
            <form class="val reassign" onsubmit={submit(on, move |fields| Some(Act::Line(["reassign ", &name, " ", &fields.text("value")].concat().into())))}>
                <label class="fld"><span>{Word::Reassign.of(lang)}</span><input name="value" class="mono" value={ids(&view.replicas)} required=true autocomplete="off" spellcheck="false" /></label>
                <button class="btn">{Word::Change.of(lang)}</button>
            </form>
            <ul class="acts">
                if view.leader.is_some_and(|leader| leader != preferred) {
                    {done(on, lang, Word::ElectPreferred, Word::ElectPreferredWhy, "", Command::Elect { election: ElectionType::Preferred, partition: view.partition.clone() })}
                }
                if !view.adding.is_empty() || !view.removing.is_empty() { {done(on, lang, Word::CancelReassignment, Word::CancelReassignmentWhy, "", cancel)} }
            </ul>
        </>
    }
}

/// Whom a partition without a leader waits for, what will happen then, and what can be done now.
fn orphan(lang: Lang, panel: &PartitionPanel, on: &Callback<Act>) -> Html {
    let view = &panel.view;
    let command = Command::Elect { election: ElectionType::Unclean, partition: view.partition.clone() };
    let is_last_known = view.isr.is_empty() && view.elr.is_empty();
    html! {
        <div class="note lostnote">
            <b>{waits_for_leader(lang, is_last_known)}</b>
            <p>{rich(&waits_for_leader_why(lang, &panel.heirs, is_last_known, panel.at_stake as i64))}</p>
            <ul class="acts">{action(on, Word::ElectUnclean.of(lang), Word::ElectUncleanWhy.of(lang), command.to_string(), "", Act::Do(command))}</ul>
        </div>
    }
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

fn replica(lang: Lang, log: &Rc<ReplicaView>, on: &Callback<Act>) -> Html {
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
    html! {
        <div class="rrow" key={log.broker}>
            <div class="r1"><span class={glyph}></span>{broker_link(log.broker, on)}<span class="role">{role}</span><span class={class}>{standing_word(log.standing).of(lang)}</span></div>
            <div class="r2">{strip(log, leads, on)}<span class="num">{log.end_offset}</span><span class="num">{watermark}</span><span class="num ep" title={ids(&[log.leader_epoch])}>{epochs.join(",")}</span></div>
        </div>
    }
}
