//! How everything on the page is written: a tag with its classes, then its attributes, what it listens to, and what stands in it.
//!
//! Yew's `html!` says the same in markup, but each element of it becomes a page of code; a call here is a few instructions.

use super::act::Act;
use kafka_playground::scene::layout::Rect;
use kafka_playground::scene::path::{n, written};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::Event;
use yew::virtual_dom::{AttributeOrProperty, Attributes, Key, Listener, ListenerKind, Listeners, VList, VNode, VTag, VText};
use yew::{AttrValue, Callback, Html, NodeRef};

/// An element being written; without a name, several things side by side.
#[must_use]
pub(crate) struct Tag(Box<Parts>);

#[derive(Default)]
struct Parts {
    name: &'static str,
    key: Option<Key>,
    reference: NodeRef,
    class: Option<AttrValue>,
    names: Vec<&'static str>,
    values: Vec<Option<AttributeOrProperty>>,
    listeners: Vec<Option<Rc<dyn Listener>>>,
    inside: Vec<VNode>,
    value: Option<AttrValue>,
    is_checked: Option<bool>,
}

/// An element: its tag, its classes, and what of its attributes never changes, as in `tag("text t12 strong text-anchor=end")`.
#[inline(never)]
pub(crate) fn tag(words: &'static str) -> Tag {
    let (name, words) = words.split_once(' ').unwrap_or((words, ""));
    Tag(Box::new(Parts { name, ..Parts::default() })).said(words)
}

/// A button that submits nothing.
#[inline(never)]
pub(crate) fn button(words: &'static str) -> Tag {
    tag("button type=button").said(words)
}

/// What is added to it, side by side; nothing at first.
#[inline(never)]
pub(crate) fn together() -> Tag {
    Tag(Box::default())
}

impl Tag {
    /// Classes, and behind them attributes.
    #[inline(never)]
    fn said(self, words: &'static str) -> Tag {
        let first = words.find('=').map_or(words.len(), |at| words[..at].rfind(' ').map_or(0, |space| space + 1));
        let (classes, attributes) = words.split_at(first);
        let mut tag = if classes.is_empty() { self } else { self.class(classes.trim_end()) };
        for (name, value) in attributes.split(' ').filter_map(|word| word.split_once('=')) {
            tag = tag.at(name, value);
        }
        tag
    }

    /// Sets an attribute.
    pub(crate) fn at(self, name: &'static str, value: impl Value) -> Tag {
        value.set(name, self)
    }

    /// An attribute that is there or not.
    #[inline(never)]
    pub(crate) fn flag(self, name: &'static str, is_there: bool) -> Tag {
        self.set(name, is_there.then_some(AttrValue::Static(name)))
    }

    /// Coordinates.
    #[inline(never)]
    pub(crate) fn xy(self, x: f64, y: f64) -> Tag {
        self.at("x", x).at("y", y)
    }

    /// A size.
    #[inline(never)]
    pub(crate) fn size(self, width: f64, height: f64) -> Tag {
        self.at("width", width).at("height", height)
    }

    /// Stands just where a rectangle is.
    #[inline(never)]
    pub(crate) fn over(self, rect: Rect) -> Tag {
        self.xy(rect.x, rect.y).size(rect.w, rect.h)
    }

    /// A circle's middle and radius.
    #[inline(never)]
    pub(crate) fn round(self, x: f64, y: f64, radius: f64) -> Tag {
        self.at("cx", x).at("cy", y).at("r", radius)
    }

    /// A path, by its shape and numbers.
    #[inline(never)]
    pub(crate) fn d(self, shape: &str, numbers: &[f64]) -> Tag {
        self.at("d", written(shape, numbers))
    }

    #[inline(never)]
    fn set(mut self, name: &'static str, value: Option<AttrValue>) -> Tag {
        self.0.names.push(name);
        self.0.values.push(value.map(AttributeOrProperty::Attribute));
        self
    }

    /// One more class, or several.
    #[inline(never)]
    pub(crate) fn class(mut self, more: &'static str) -> Tag {
        self.0.class = Some(match self.0.class.take() {
            Some(class) if more.is_empty() => class,
            Some(class) if !class.is_empty() => AttrValue::from([&class, " ", more].concat()),
            _ => AttrValue::Static(more),
        });
        self
    }

    /// One more class, if that is so.
    #[inline(never)]
    pub(crate) fn class_if(self, is_so: bool, more: &'static str) -> Tag {
        self.class(if is_so { more } else { "" })
    }

    /// The value of a field, which a person may have changed since.
    #[inline(never)]
    pub(crate) fn value(mut self, value: impl Into<AttrValue>) -> Tag {
        self.0.value = Some(value.into());
        self
    }

    /// The state of a switch.
    #[inline(never)]
    pub(crate) fn checked(mut self, is_checked: bool) -> Tag {
        self.0.is_checked = Some(is_checked);
        self
    }

    /// What it is known by among others of a list.
    pub(crate) fn key(self, key: impl Into<Key>) -> Tag {
        self.keyed(key.into())
    }

    #[inline(never)]
    fn keyed(mut self, key: Key) -> Tag {
        self.0.key = Some(key);
        self
    }

    /// Where its element can be found.
    #[inline(never)]
    pub(crate) fn known_as(mut self, reference: &NodeRef) -> Tag {
        self.0.reference = reference.clone();
        self
    }

    /// Listens to an event.
    #[inline(never)]
    pub(crate) fn on<E: JsCast + 'static>(self, kind: ListenerKind, call: Callback<E>) -> Tag {
        self.listen(Rc::new(On { kind, call }))
    }

    /// Sends an act when it is clicked.
    #[inline(never)]
    pub(crate) fn click(self, on: &Callback<Act>, act: Act) -> Tag {
        self.acts(ListenerKind::onclick, on, act)
    }

    /// Sends an act at an event.
    #[inline(never)]
    pub(crate) fn acts(self, kind: ListenerKind, on: &Callback<Act>, act: Act) -> Tag {
        self.listen(Rc::new(Acts { kind, on: on.clone(), act }))
    }

    #[inline(never)]
    fn listen(mut self, listener: Rc<dyn Listener>) -> Tag {
        self.0.listeners.push(Some(listener));
        self
    }

    /// Adds what stands in it.
    pub(crate) fn add(self, piece: impl Piece) -> Tag {
        piece.put(self)
    }

    /// Adds all of a list.
    pub(crate) fn each<P: Piece>(self, pieces: impl IntoIterator<Item = P>) -> Tag {
        let mut all = together();
        for piece in pieces {
            all = piece.put(all);
        }
        self.listed(all)
    }

    #[inline(never)]
    fn listed(self, all: Tag) -> Tag {
        self.node(VNode::from(VList::with_children(all.0.inside, None)))
    }

    #[inline(never)]
    fn node(mut self, node: VNode) -> Tag {
        self.0.inside.push(node);
        self
    }

    #[inline(never)]
    fn text(self, text: AttrValue) -> Tag {
        self.node(VNode::VText(VText::new(text)))
    }
}

impl From<Tag> for Html {
    #[inline(never)]
    fn from(tag: Tag) -> Html {
        let Parts { name, key, reference, class, mut names, mut values, listeners, mut inside, value, is_checked } = *tag.0;
        let inside = match inside.len() {
            0 => VNode::default(),
            1 => inside.remove(0),
            _ => VNode::from(VList::with_children(inside, None)),
        };
        if name.is_empty() {
            return inside;
        }
        if let Some(class) = class {
            names.push("class");
            values.push((!class.is_empty()).then_some(AttributeOrProperty::Attribute(class)));
        }
        let attributes = Attributes::Dynamic { keys: shape(&names), values: values.into() };
        let listeners = if listeners.is_empty() { Listeners::None } else { Listeners::Pending(listeners.into()) };
        VNode::from(match name {
            "input" => VTag::__new_input(value, is_checked, reference, key, attributes, listeners),
            "textarea" => VTag::__new_textarea(value, None, reference, key, attributes, listeners),
            _ => VTag::__new_other(AttrValue::Static(name), reference, key, attributes, listeners, inside),
        })
    }
}

thread_local! {
    static SHAPES: RefCell<Vec<&'static [&'static str]>> = const { RefCell::new(Vec::new()) };
}

/// A list of names, kept once for all elements that have these: where Yew finds the very same list again, it compares values alone.
fn shape(names: &[&'static str]) -> &'static [&'static str] {
    SHAPES.with_borrow_mut(|shapes| {
        let place = shapes.binary_search_by(|one| (**one).cmp(names));
        let place = place.unwrap_or_else(|place| {
            shapes.insert(place, Box::leak(names.into()));
            place
        });
        shapes[place]
    })
}

/// A listener that calls.
struct On<E> {
    kind: ListenerKind,
    call: Callback<E>,
}

impl<E: JsCast> Listener for On<E> {
    fn kind(&self) -> ListenerKind {
        self.kind.clone()
    }

    fn handle(&self, event: Event) {
        self.call.emit(event.unchecked_into());
    }

    fn passive(&self) -> bool {
        false
    }
}

/// A listener that sends an act.
struct Acts {
    kind: ListenerKind,
    on: Callback<Act>,
    act: Act,
}

impl Listener for Acts {
    fn kind(&self) -> ListenerKind {
        self.kind.clone()
    }

    fn handle(&self, _: Event) {
        self.on.emit(self.act.clone());
    }

    fn passive(&self) -> bool {
        false
    }
}

/// What an attribute can be set to.
pub(crate) trait Value {
    /// Sets it.
    fn set(self, name: &'static str, tag: Tag) -> Tag;
}

/// What can stand in an element.
pub(crate) trait Piece {
    /// Puts it there.
    fn put(self, tag: Tag) -> Tag;
}

impl<V: Value> Value for Option<V> {
    fn set(self, name: &'static str, tag: Tag) -> Tag {
        match self {
            Some(value) => value.set(name, tag),
            None => tag.set(name, None),
        }
    }
}

impl Piece for Option<Tag> {
    #[inline(never)]
    fn put(self, tag: Tag) -> Tag {
        // What is not there keeps its place, so that what stands behind it is known again.
        self.unwrap_or_else(together).put(tag)
    }
}

impl Piece for Tag {
    #[inline(never)]
    fn put(self, tag: Tag) -> Tag {
        tag.node(self.into())
    }
}

impl Piece for Html {
    fn put(self, tag: Tag) -> Tag {
        tag.node(self)
    }
}

macro_rules! words {
    ($($kind:ty, $self:ident => $value:expr;)*) => {$(
        impl Value for $kind {
            #[inline(never)]
            fn set($self, name: &'static str, tag: Tag) -> Tag {
                tag.set(name, Some($value))
            }
        }

        impl Piece for $kind {
            #[inline(never)]
            fn put($self, tag: Tag) -> Tag {
                tag.text($value)
            }
        }
    )*};
}

words! {
    &'static str, self => AttrValue::Static(self);
    String, self => AttrValue::from(self);
    AttrValue, self => self;
    &Rc<str>, self => AttrValue::from(self.clone());
    Rc<str>, self => AttrValue::from(self);
    i64, self => AttrValue::from(self.to_string());
}

macro_rules! numbers {
    ($($kind:ty)*) => {$(
        impl Value for $kind {
            fn set(self, name: &'static str, tag: Tag) -> Tag {
                (self as i64).set(name, tag)
            }
        }

        impl Piece for $kind {
            fn put(self, tag: Tag) -> Tag {
                (self as i64).put(tag)
            }
        }
    )*};
}

numbers! { i16 i32 u32 u64 usize }

impl Value for bool {
    #[inline(never)]
    fn set(self, name: &'static str, tag: Tag) -> Tag {
        (if self { "true" } else { "false" }).set(name, tag)
    }
}

impl Value for f64 {
    #[inline(never)]
    fn set(self, name: &'static str, tag: Tag) -> Tag {
        n(self).set(name, tag)
    }
}
