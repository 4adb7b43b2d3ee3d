//! The one component of all panels that keep nothing of their own: a value that draws itself, again only when it differs.

use super::tag::{Tag, together};
use std::any::Any;
use std::rc::Rc;
use yew::virtual_dom::{Key, VComp, VNode};
use yew::{Component, Context, Html, Properties};

/// A value that can draw itself.
pub(crate) trait Draw {
    /// What it looks like.
    fn draw(&self) -> Tag;
}

/// The same without its type.
trait Drawn: Any {
    fn draw(&self) -> Tag;
    fn is(&self, other: &dyn Any) -> bool;
}

impl<T: Draw + PartialEq + 'static> Drawn for T {
    fn draw(&self) -> Tag {
        Draw::draw(self)
    }

    fn is(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<T>() == Some(self)
    }
}

#[derive(Clone, Properties)]
struct MemoProps {
    of: Rc<dyn Drawn>,
}

impl PartialEq for MemoProps {
    fn eq(&self, other: &MemoProps) -> bool {
        self.of.is(&*other.of as &dyn Any)
    }
}

struct Memo;

impl Component for Memo {
    type Message = ();
    type Properties = MemoProps;

    fn create(_: &Context<Self>) -> Self {
        Memo
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        ctx.props().of.draw().into()
    }
}

/// Draws a value where it stands, again only when it differs; where another kind of value stood, from the ground up.
pub(crate) fn memo<T: Draw + PartialEq + 'static>(of: T) -> Tag {
    keyed_memo(T::draw as fn(&T) -> Tag as usize, of)
}

/// The same in a list, where it is known by `key`.
pub(crate) fn keyed_memo(key: impl Into<Key>, of: impl Draw + PartialEq + 'static) -> Tag {
    node(Rc::new(of), key.into())
}

#[inline(never)]
fn node(of: Rc<dyn Drawn>, key: Key) -> Tag {
    together().add(VNode::from(VComp::new::<Memo>(Rc::new(MemoProps { of }), Some(key))))
}

/// A component that does keep something.
pub(crate) fn component<C: Component>(props: C::Properties) -> Tag {
    together().add(VNode::from(VComp::new::<C>(Rc::new(props), None)))
}
