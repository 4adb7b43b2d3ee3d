//! What the page and its JavaScript API share: the player, the speed a person chose, and who waits for an answer.

use crate::app::trouble;
use js_sys::{Array, Function};
use kafka_playground::lab::player::{LineError, OPENING, Player, Rate};
use kafka_playground::scene::compose::DisplayList;
use kafka_playground::world::act::CommandId;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// How the cluster's time runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speed {
    /// As the director decides.
    Director,
    /// As the person decided.
    Fixed(Rate),
}

/// A line whose answer is still to come, and what to do with the answer.
type Waiting = (CommandId, Function);

/// The page's state beside what it shows.
pub(crate) struct Session {
    /// The laboratory with its clock.
    pub player: Player,
    /// The speed.
    pub speed: Speed,
    /// The picture on the screen; the page's.
    pub drawn: Rc<RefCell<DisplayList>>,
    waiting: Vec<Waiting>,
    unclaimed: Vec<(CommandId, Vec<String>)>,
    on_change: Option<Rc<dyn Fn()>>,
}

thread_local! {
    static SESSION: RefCell<Option<Shared>> = const { RefCell::new(None) };
}

/// The session, shared by the page and the API; borrowed once a frame, never across a wait.
pub(crate) type Shared = Rc<RefCell<Session>>;

/// The session of this page; the opening scene is run ahead the first time.
pub(crate) fn shared() -> Shared {
    SESSION.with(|slot| slot.borrow_mut().get_or_insert_with(|| Rc::new(RefCell::new(Session::open(OPENING)))).clone())
}

impl Session {
    fn open(scene: &str) -> Session {
        // The scene is the program's own; a test runs it.
        let player = Player::open(scene).unwrap_or_else(|(line, error)| panic!("line {line} of the opening scene: {error}"));
        Session { player, speed: Speed::Director, drawn: Rc::default(), waiting: Vec::new(), unclaimed: Vec::new(), on_change: None }
    }

    /// Begins again with the opening scene.
    pub(crate) fn start_over(&mut self) {
        let on_change = self.on_change.take();
        let drawn = self.drawn.clone();
        *self = Session { on_change, drawn, ..Session::open(OPENING) };
    }

    /// Begins a run of another scene; the present one can be returned to. What is wrong with the scene is the error, and nothing changes.
    pub(crate) fn load(&mut self, scene: &str) -> Result<(), (usize, LineError)> {
        let player = self.player.open_beside(scene)?;
        *self = Session {
            player,
            speed: self.speed,
            drawn: self.drawn.clone(),
            waiting: Vec::new(),
            unclaimed: Vec::new(),
            on_change: self.on_change.take(),
        };
        Ok(())
    }

    /// Tells the page of changes from now on.
    pub(crate) fn listen(&mut self, on_change: Option<Rc<dyn Fn()>>) {
        self.on_change = on_change;
    }

    /// Whom to tell that something changed; called when the session is no longer borrowed.
    #[must_use]
    pub(crate) fn changed(&self) -> Option<Rc<dyn Fn()>> {
        self.on_change.clone()
    }

    /// Gives a line; `resolve` is called with its answer when the playhead reaches it.
    pub(crate) fn line(&mut self, line: &str, resolve: Function) -> Result<(), LineError> {
        trouble::remember(&self.player);
        trouble::about_to(line);
        match self.player.line(line)? {
            Some(id) => self.waiting.push((id, resolve)),
            None => self.waiting.push((CommandId(0), resolve)),
        }
        Ok(())
    }

    /// Answers that JavaScript waits for and that are here now; the others are kept for the page.
    pub(crate) fn take_answered(&mut self) -> Vec<(Function, Vec<String>)> {
        self.unclaimed.extend(self.player.answers());
        let mut found = Vec::new();
        let unclaimed = &mut self.unclaimed;
        self.waiting.retain(|(id, resolve)| {
            let lines = match unclaimed.iter().position(|(a, _)| a == id) {
                Some(at) => unclaimed.remove(at).1,
                None if *id == CommandId(0) => Vec::new(),
                None => return true,
            };
            found.push((resolve.clone(), lines));
            false
        });
        found
    }

    /// Answers of commands that the page gave itself.
    pub(crate) fn take_own(&mut self) -> Vec<(CommandId, Vec<String>)> {
        std::mem::take(&mut self.unclaimed)
    }
}

/// Hands answers to those who wait; the session must not be borrowed.
pub(crate) fn hand_out(answered: Vec<(Function, Vec<String>)>) {
    for (resolve, lines) in answered {
        let lines: Array = lines.iter().map(|l| JsValue::from_str(l)).collect();
        // A listener that throws is its own business.
        let _ = resolve.call1(&JsValue::NULL, &lines);
    }
}
