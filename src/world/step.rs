//! One step of the world: what is due reaches its node, and the node's effects reach the queue, the network and the trace.

use super::trace::{Cause, Entry};
use super::{ADMIN, Deferred, Event, FIRST_CLIENT, World};
use crate::kafka::effect::{CallId, Channel, Effect, Effects, Reply, Timer};
use crate::kafka::fact::Fact;
use crate::kafka::protocol::{Broken, Incoming, Request, Response};
use crate::kafka::zk::ZOOKEEPER;
use crate::sim::network::{Delivery, Failure, NetworkEvent};
use crate::sim::rng::Rng;
use crate::sim::{Micros, NodeId};

impl World {
    /// Does the next thing that is due; false when nothing ever will be.
    pub fn step(&mut self) -> bool {
        let Some((at, event)) = self.queue.take() else { return false };
        self.now = self.now.max(at);
        self.step += 1;
        self.cause = Cause::Timer;
        match event {
            Event::Network(event) => match self.network.owner(event) {
                Some(node) if self.is_frozen(node) => self.defer(node, Deferred::Network(event)),
                _ => {
                    if let NetworkEvent::Arrive(flight) = event {
                        self.cause = Cause::Message(flight);
                    }
                    self.network.on_event(self.now, &mut self.network_rng, event);
                }
            },
            Event::Timer { node, process, timer } => self.timer_due(node, process, timer),
            Event::Rate { node, number } => self.rate_due(node, number),
            Event::Look => {}
        }
        self.settle();
        true
    }

    /// Does everything due up to `at`, and lets time be `at`.
    pub fn advance_to(&mut self, at: Micros) {
        while self.queue.next_at().is_some_and(|next| next <= at) {
            self.step();
        }
        self.now = self.now.max(at);
    }

    /// Lets time pass in which nothing is due.
    pub fn idle_to(&mut self, at: Micros) {
        assert!(self.queue.next_at().is_none_or(|next| next >= at), "nothing is due before");
        self.now = self.now.max(at);
    }

    /// Hands out deliveries until there are none, then sees which commands have their answer.
    pub(super) fn settle(&mut self) {
        self.drain_schedule();
        while let Some(delivery) = self.network.deliveries.pop_front() {
            let to = match &delivery {
                Delivery::Request { to, .. } | Delivery::Reply { to, .. } | Delivery::Lost { to, .. } => *to,
            };
            if self.is_frozen(to) {
                self.defer(to, Deferred::Delivery(delivery));
            } else {
                self.deliver(delivery);
            }
            self.drain_schedule();
        }
        self.check_pending();
    }

    fn drain_schedule(&mut self) {
        for (at, event) in self.network.drain_schedule() {
            self.queue.put(at, Event::Network(event));
        }
    }

    fn defer(&mut self, node: NodeId, what: Deferred) {
        if let Some(process) = self.processes.get_mut(&node) {
            process.deferred.push(what);
        }
    }

    fn timer_due(&mut self, node: NodeId, process: u64, timer: Timer) {
        if self.processes.get(&node).is_none_or(|p| p.number != process || !p.up) {
            return;
        }
        if self.is_frozen(node) {
            self.defer(node, Deferred::Timer(timer));
            return;
        }
        self.on_timer(node, timer);
    }

    fn on_timer(&mut self, node: NodeId, timer: Timer) {
        self.act(node, |world, now, out| match timer {
            Timer::Broker(timer) => {
                if let Some(broker) = world.brokers.get_mut(&node.0) {
                    broker.on_timer(now, timer, out);
                }
            }
            Timer::Controller(timer) => {
                if let Some(controller) = world.controllers.get_mut(&node.0) {
                    controller.on_timer(now, timer, out);
                }
            }
            Timer::Producer(timer) => {
                if let Some(producer) = world.producers.get_mut(&node) {
                    producer.client.on_timer(now, timer, out);
                }
            }
            Timer::Consumer(timer) => {
                if let Some(consumer) = world.consumers.get_mut(&node) {
                    consumer.client.on_timer(now, timer, out);
                }
            }
            Timer::ZooKeeper(timer) => {
                if let Some(zookeeper) = &mut world.zookeeper {
                    zookeeper.on_timer(now, timer, out);
                }
            }
            Timer::Admin(timer) => world.admin.on_timer(now, timer, out),
        });
    }

    /// A process goes on: what reached it meanwhile happens now, in order.
    pub(super) fn catch_up(&mut self, node: NodeId) {
        let deferred = self.processes.get_mut(&node).map(|p| std::mem::take(&mut p.deferred)).unwrap_or_default();
        for what in deferred {
            match what {
                Deferred::Delivery(delivery) => self.deliver(delivery),
                Deferred::Timer(timer) => self.on_timer(node, timer),
                Deferred::Network(event) => self.network.on_event(self.now, &mut self.network_rng, event),
            }
        }
    }

    fn deliver(&mut self, delivery: Delivery<Request, Response>) {
        match delivery {
            Delivery::Request { to, from, ticket, request } => {
                let incoming = Incoming { ticket, from, request };
                self.act(to, |world, now, out| {
                    if let Some(broker) = world.brokers.get_mut(&to.0) {
                        broker.on_request(now, incoming, out);
                    } else if let Some(controller) = world.controllers.get_mut(&to.0) {
                        controller.on_request(now, incoming, out);
                    } else if let Some(zookeeper) = world.zookeeper.as_mut().filter(|_| to == ZOOKEEPER) {
                        zookeeper.on_request(now, incoming, out);
                    }
                });
            }
            Delivery::Reply { to, from, call, request, result } => {
                let result = match result {
                    Ok(Some(response)) => Ok(response),
                    Ok(None) => Ok(Response::Written),
                    Err(failure) => Err(broken(failure)),
                };
                let reply = Reply { call: CallId(call), from, request, result };
                self.act(to, |world, now, out| {
                    // Clients are numbered behind all others.
                    if to >= NodeId(FIRST_CLIENT) {
                        if let Some(producer) = world.producers.get_mut(&to) {
                            producer.client.on_reply(now, reply, out);
                        } else if let Some(consumer) = world.consumers.get_mut(&to) {
                            consumer.client.on_reply(now, reply, out);
                        }
                    } else if let Some(broker) = world.brokers.get_mut(&to.0) {
                        broker.on_reply(now, reply, out);
                    } else if let Some(controller) = world.controllers.get_mut(&to.0) {
                        controller.on_reply(now, reply, out);
                    } else {
                        world.admin.on_reply(now, reply, out);
                    }
                });
            }
            Delivery::Lost { to, peer, why } => {
                let why = broken(why);
                self.act(to, |world, now, out| {
                    if why != Broken::Unreachable {
                        out.fact(Fact::ConnectionLost { to: peer, why });
                    }
                    if let Some(producer) = world.producers.get_mut(&to) {
                        producer.client.on_lost(now, peer, why, out);
                    } else if let Some(consumer) = world.consumers.get_mut(&to) {
                        consumer.client.on_lost(now, peer, why, out);
                    } else if to == ADMIN {
                        world.admin.on_lost(out);
                    }
                });
            }
        }
    }

    /// Lets a node act with effects of its own, and applies them.
    pub(super) fn act<T>(&mut self, node: NodeId, handler: impl FnOnce(&mut World, Micros, &mut Effects) -> T) -> T {
        let (mut rng, process) = match self.processes.get(&node) {
            Some(process) => (process.rng.clone(), process.number),
            None => (Rng::stream(self.seed, "stranger"), 0),
        };
        let before = rng.clone();
        let mut next_call = self.next_call;
        let mut out = Effects::new(&mut rng, &mut next_call, std::mem::take(&mut self.buffer));
        let result = handler(self, self.now, &mut out);
        let effects = out.into_list();
        self.next_call = next_call;
        if rng != before
            && let Some(process) = self.processes.get_mut(&node)
        {
            process.rng = rng;
        }
        self.take_effects(node, process, effects);
        result
    }

    /// Takes what a node has done, in order.
    fn take_effects(&mut self, node: NodeId, process: u64, mut effects: Vec<Effect>) {
        for effect in effects.drain(..) {
            self.apply_effect(node, process, effect);
        }
        self.buffer = effects;
    }

    fn apply_effect(&mut self, node: NodeId, process: u64, effect: Effect) {
        let (now, rng) = (self.now, &mut self.network_rng);
        match effect {
            Effect::Call { call, to, channel, request, timeout } => {
                self.network.call(now, rng, node, to, number(channel), call.0, request, Some(timeout));
            }
            Effect::Tell { call, to, channel, request } => {
                self.network.call(now, rng, node, to, number(channel), call.0, request, None);
            }
            Effect::Answer { ticket, response } => self.network.answer(now, rng, ticket, response),
            Effect::Hangup { ticket, close } => self.network.hang_up(now, rng, ticket, close),
            Effect::Disconnect { to, channel } => self.network.disconnect(now, rng, node, to, number(channel)),
            Effect::Wake { at, timer } => self.queue.put(at.max(now), Event::Timer { node, process, timer }),
            Effect::Fact(fact) => self.state_fact(node, fact),
            Effect::Outcome { record, outcome } => self.note_outcome(record, outcome),
            Effect::Exit => self.process_ended(node),
        }
    }

    pub(super) fn state_fact(&mut self, node: NodeId, fact: Fact) {
        self.stated += 1;
        self.facts.push(Entry { step: self.step, at: self.now, node, cause: self.cause, fact });
    }
}

fn broken(failure: Failure) -> Broken {
    match failure {
        Failure::Unreachable => Broken::Unreachable,
        Failure::Disconnected => Broken::Disconnected,
        Failure::TimedOut => Broken::TimedOut,
    }
}

fn number(channel: Channel) -> u8 {
    match channel {
        Channel::Data => 0,
        Channel::Control => 1,
        Channel::Heartbeat => 2,
        Channel::Metadata => 3,
    }
}
