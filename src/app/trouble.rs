//! What a person sees when the program breaks a rule of its own: what happened, and the scenario that replays it.
#![allow(unreachable_pub)] // wasm-bindgen exports what is `pub`

use kafka_playground::lab::Recorded;
use kafka_playground::lab::player::{Player, scenario_of};
use kafka_playground::sim::{Micros, SECOND};
use kafka_playground::world::command::Command;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// How long the replay goes on behind the playhead: what broke lay in the frame that began there, at most a tenth of a second at the highest speed.
const BEYOND: Micros = 10 * SECOND;

/// The run as it was before whatever runs now. The session itself cannot be read in a panic: whoever panicked holds it.
#[derive(Default)]
struct Last {
    commands: Vec<Recorded>,
    now: Micros,
    given: Option<String>,
}

thread_local! {
    static LAST: RefCell<Last> = RefCell::default();
    static IS_SHOWN: Cell<bool> = const { Cell::new(false) };
}

/// Keeps what replays the run of `player`; cheap while no command is given.
pub(crate) fn remember(player: &Player) {
    let commands = &player.lab.commands()[..player.lab.applied()];
    LAST.with_borrow_mut(|last| {
        let ends = last.commands.last().zip(commands.last());
        let is_same = last.commands.len() == commands.len() && ends.is_none_or(|(a, b)| Rc::ptr_eq(&a.command, &b.command));
        if !is_same {
            last.commands = commands.to_vec();
        }
        last.now = player.lab.now();
        last.given = None;
    });
}

/// Keeps the line that is about to be given.
pub(crate) fn about_to(line: &str) {
    LAST.with_borrow_mut(|last| last.given = Some(line.to_owned()));
}

/// From now on a panic shows itself. Yew is told, which sets a hook of its own otherwise.
pub(crate) fn watch() {
    yew::set_custom_panic_hook(Box::new(|panic| {
        let panic = panic.to_string();
        web_sys::console::error_1(&panic.as_str().into());
        trouble(&panic);
    }));
}

/// The scenario that comes to where the program broke, as far as it is known.
fn replay() -> String {
    LAST.with(|last| {
        let Ok(last) = last.try_borrow() else { return String::new() };
        let wait = |duration: Micros| if duration > 0 { format!("{}\n", Command::Wait { duration }) } else { String::new() };
        let (script, ends) = scenario_of(&last.commands);
        let reached = last.now - ends;
        match &last.given {
            None => format!("{script}{}", wait(reached + BEYOND)),
            Some(line) => format!("{script}{}{line}\n{}", wait(reached), wait(BEYOND)),
        }
    })
}

/// Shows that the program broke, once: `why`, and the scenario that replays it.
#[wasm_bindgen]
pub fn trouble(why: &str) {
    if IS_SHOWN.replace(true) {
        return;
    }
    let Some(document) = web_sys::window().and_then(|w| w.document()) else { return };
    let comment: String = why.lines().map(|line| format!("# {line}\n")).collect();
    if let Some(place) = document.get_element_by_id("trouble") {
        if let Ok(Some(text)) = place.query_selector("pre") {
            text.set_text_content(Some(&format!("{comment}{}", replay())));
        }
        // What cannot be shown here is in the console already.
        let _ = place.remove_attribute("hidden");
    }
    if let Some(app) = document.get_element_by_id("app") {
        let _ = app.set_attribute("hidden", "");
    }
}
