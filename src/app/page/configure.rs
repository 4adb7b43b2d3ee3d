//! Changes of configuration: what restarts or opens again so that each takes effect.

use super::Page;
use crate::app::act::ConfigOf;
use crate::app::panel::config::Effect;
use crate::app::shown;
use kafka_playground::sim::NodeId;
use kafka_playground::world::Stream;
use kafka_playground::world::command::{Command, NodeName};
use std::rc::Rc;

impl Page {
    /// Sets a configuration; who must restart or be opened again for it, is, one after another.
    pub(super) fn configure(&mut self, of: &ConfigOf, name: &Rc<str>, value: &Rc<str>) {
        let pair = (name.clone(), value.clone());
        let commands: Vec<Command> = {
            let session = self.session.borrow();
            let world = session.player.lab.world();
            let scope = shown::scope_of(world, of);
            match (of, shown::effect(scope, name)) {
                (ConfigOf::Topic(topic), _) => vec![Command::Config { topic: Some(topic.clone()), configs: vec![pair] }],
                (ConfigOf::Brokers, Effect::Restarts) => {
                    let controllers = world.controllers.keys().filter(|id| world.is_up(NodeId(**id)));
                    let brokers = world.brokers.keys().filter(|id| world.is_up(NodeId(**id)));
                    let restart = |id: &i32| {
                        let node = NodeName::Node(*id);
                        [Command::Stop { node: node.clone() }, Command::Start { node, configs: vec![pair.clone()] }]
                    };
                    controllers.chain(brokers).flat_map(restart).collect()
                }
                (ConfigOf::Brokers, _) => vec![Command::Config { topic: None, configs: vec![pair] }],
                (ConfigOf::Client(client), _) => {
                    let with = |old: &[(Rc<str>, Rc<str>)]| {
                        let mut configs: Vec<_> = old.iter().filter(|(n, _)| n != name).cloned().collect();
                        if !value.is_empty() {
                            configs.push(pair.clone());
                        }
                        configs
                    };
                    let node = world.client(client);
                    let again = node.and_then(|n| {
                        let producer =
                            world.producers.get(&n).map(|p| Command::Producer { producer: p.name.clone(), configs: with(&p.configs) });
                        producer.or_else(|| {
                            world.consumers.get(&n).map(|c| Command::Consumer {
                                consumer: c.name.clone(),
                                subscription: c.subscription.clone(),
                                group: c.group.clone(),
                                configs: with(&c.configs),
                            })
                        })
                    });
                    let rate = node.and_then(|n| world.producers.get(&n)).and_then(|p| {
                        p.rate.clone().map(|Stream { rate, send, .. }| Command::Rate { producer: p.name.clone(), rate, send })
                    });
                    let close = node.filter(|n| world.is_up(*n)).map(|_| Command::Close { client: client.clone() });
                    close.into_iter().chain(again).chain(rate).collect()
                }
            }
        };
        self.agenda.extend(commands);
        self.take_answers();
        self.wake();
    }
}
