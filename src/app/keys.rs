//! Keys to acts (design, section 7): single keys act only where the focus is on no control that uses them itself.

use crate::app::act::{Act, Page, Selected, Time};
use crate::app::links::LinkFault;
use crate::app::panel::faults::SLOW_DISK;
use kafka_playground::scene::view::{BrokerState, ClusterView};
use kafka_playground::sim::NodeId;
use kafka_playground::world::command::{Command, NodeName};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

/// The act of a key; none for one that is not the page's.
pub(crate) fn act(event: &KeyboardEvent, has_single_keys: bool, selected: Option<&Selected>, view: &ClusterView) -> Option<Act> {
    let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    let tag = target.as_ref().map(Element::tag_name).unwrap_or_default();
    let key = event.key();
    let is_field = matches!(tag.as_str(), "INPUT" | "SELECT" | "TEXTAREA");
    if event.default_prevented() {
        return None;
    }
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return (key == "z" && !is_field && !event.alt_key() && !event.shift_key()).then_some(Act::Undo);
    }
    if key == "Escape" {
        if is_field && let Some(field) = target.and_then(|t| t.dyn_into::<HtmlElement>().ok()) {
            let _ = field.blur();
            return None;
        }
        return Some(if selected.is_some() { Act::Select(None) } else { Act::Open(Page::None) });
    }
    let is_button = matches!(tag.as_str(), "BUTTON" | "A" | "SUMMARY")
        || target.as_ref().is_some_and(|t| t.has_attribute("role") && t.has_attribute("tabindex"));
    if is_field || !has_single_keys || (is_button && matches!(key.as_str(), " " | "Enter" | "ArrowLeft" | "ArrowRight")) {
        return None;
    }
    let broker = match selected {
        Some(Selected::Broker(id)) => Some(*id),
        _ => None,
    };
    let node = |id| NodeName::Node(id);
    Some(match key.as_str() {
        " " => Act::Time(Time::Toggle),
        "ArrowLeft" => Act::Time(Time::Steps(-1)),
        "ArrowRight" => Act::Time(Time::Steps(1)),
        "[" => Act::Time(Time::PreviousMark),
        "]" => Act::Time(Time::NextMark),
        "s" | "S" => {
            let producer = match selected {
                Some(Selected::Producer(node)) => Some(*node),
                _ => view.producers.iter().find(|p| p.up).map(|p| p.node),
            };
            Act::Send(producer?)
        }
        "i" | "I" => Act::GoInOut,
        "?" => Act::Open(Page::Help),
        "/" => {
            focus(".console input");
            return Some(Act::Tab(crate::app::act::Tab::Console));
        }
        "k" => Act::Power(broker?),
        "K" => Act::Do(Command::Stop { node: node(broker?) }),
        "p" | "P" => {
            let id = broker?;
            let is_paused = view.broker(id)?.state == BrokerState::Paused;
            Act::Do(if is_paused { Command::Resume { node: node(id) } } else { Command::Pause { node: node(id) } })
        }
        "x" | "X" | "d" | "D" | "l" | "L" if matches!(selected, Some(Selected::Link(..))) => match selected? {
            Selected::Link(a, b) => {
                let fault = match key.as_str() {
                    "x" => LinkFault::Cut,
                    "X" => LinkFault::OneWay,
                    "d" | "D" => LinkFault::Slow,
                    _ => LinkFault::Lossy,
                };
                Act::Link(*a, *b, fault)
            }
            _ => return None,
        },
        "l" | "L" => Act::Do(Command::PowerLoss { node: node(broker?), keep: None }),
        "d" => Act::Do(Command::LoseDisk { node: node(broker?) }),
        "D" => {
            let id = broker?;
            let latency = if view.broker(id)?.disk_latency > 0 { 0 } else { SLOW_DISK };
            Act::Do(Command::Disk { node: node(id), latency })
        }
        "b" | "B" => {
            let at = broker.and_then(|id| view.brokers.iter().position(|b| b.id == id)).map_or(0, |at| at + 1);
            Act::Select(Some(Selected::Broker(view.brokers.get(at % view.brokers.len().max(1))?.id)))
        }
        "n" | "N" => {
            let now = match selected {
                Some(Selected::Link(a, b)) => view.links.iter().position(|l| (l.from, l.to) == (*a, *b)),
                _ => None,
            };
            let next: &kafka_playground::scene::view::LinkView = view.links.get(now.map_or(0, |at| at + 1) % view.links.len().max(1))?;
            let ends: (NodeId, NodeId) = (next.from, next.to);
            Act::Select(Some(Selected::Link(ends.0, ends.1)))
        }
        _ => return None,
    })
}

/// Gives the focus to the first element that fits the selector.
pub(crate) fn focus(selector: &str) {
    let field = web_sys::window().and_then(|w| w.document()).and_then(|d| d.query_selector(selector).ok().flatten());
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
        let _ = field.focus();
    }
}
