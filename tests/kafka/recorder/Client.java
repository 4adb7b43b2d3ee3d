// One Kafka client in a process of its own: reads commands as JSON lines, answers one JSON line each.
import com.fasterxml.jackson.databind.*;
import com.fasterxml.jackson.databind.node.*;
import java.io.*;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.*;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.serialization.*;

public class Client {
    static final ObjectMapper json = new ObjectMapper();
    static PrintStream out = System.out;
    static Map<String, Object> config = new HashMap<>();

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        JsonNode first = json.readTree(in.readLine());
        first.get("config").fields().forEachRemaining(e -> config.put(e.getKey(), e.getValue().asText()));
        switch (first.get("role").asText()) {
            case "producer" -> producer(in);
            case "consumer" -> consumer(in, first);
            default -> admin(in);
        }
    }

    static void answer(Object value) throws Exception { out.println(json.writeValueAsString(value)); out.flush(); }

    static String error(Throwable t) {
        while ((t instanceof ExecutionException || t instanceof CompletionException) && t.getCause() != null) t = t.getCause();
        if (t instanceof org.apache.kafka.common.errors.TimeoutException) return "TIMED_OUT";
        Errors e = Errors.forException(t);
        return e == Errors.UNKNOWN_SERVER_ERROR ? t.getClass().getSimpleName() : e.name();
    }

    // ---- producer
    static void producer(BufferedReader in) throws Exception {
        KafkaProducer<String, String> p;
        try { p = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer()); answer("ok"); }
        catch (Exception e) { answer(error(e) + " " + (e.getCause() != null ? e.getCause().getMessage() : "")); return; }
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (String line; (line = in.readLine()) != null; ) {
            JsonNode c = json.readTree(line);
            try {
                switch (c.get("do").asText()) {
                    case "send" -> {
                        int n = c.path("count").asInt(1);
                        boolean wait = c.path("wait").asBoolean(false);
                        List<String> outcomes = new ArrayList<>();
                        for (int i = 0; i < n; i++) {
                            String value = c.hasNonNull("value") ? c.get("value").asText() + (n > 1 ? i : "") : null;
                            Integer partition = c.hasNonNull("partition") ? c.get("partition").asInt() : null;
                            String key = c.hasNonNull("key") ? c.get("key").asText() : null;
                            Future<RecordMetadata> f;
                            try { f = p.send(new ProducerRecord<>(c.get("topic").asText(), partition, key, value)); }
                            catch (Exception e) { f = CompletableFuture.failedFuture(e); }
                            if (wait) outcomes.add(outcome(f)); else sent.add(f);
                        }
                        answer(outcomes);
                    }
                    case "await" -> {
                        List<String> outcomes = new ArrayList<>();
                        for (Future<RecordMetadata> f : sent) outcomes.add(outcome(f));
                        sent.clear(); answer(outcomes);
                    }
                    case "init" -> { p.initTransactions(); answer("ok"); }
                    case "offsets" -> {
                        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
                        c.get("offsets").fields().forEachRemaining(e -> offsets.put(tp(e.getKey()), new OffsetAndMetadata(e.getValue().asLong())));
                        p.sendOffsetsToTransaction(offsets, new ConsumerGroupMetadata(c.get("group").asText(), c.get("generation").asInt(), c.get("member").asText(), Optional.empty()));
                        answer("ok");
                    }
                    case "begin" -> { p.beginTransaction(); answer("ok"); }
                    case "commit" -> { p.commitTransaction(); answer("ok"); }
                    case "abort" -> { p.abortTransaction(); answer("ok"); }
                    case "close" -> { p.close(Duration.ofSeconds(5)); answer("ok"); return; }
                    default -> answer("unknown command");
                }
            } catch (Exception e) { answer(error(e)); }
        }
    }

    static String outcome(Future<RecordMetadata> f) {
        try { RecordMetadata m = f.get(150, TimeUnit.SECONDS); return m.topic() + "-" + m.partition() + "@" + (m.hasOffset() ? m.offset() : "?"); }
        catch (Exception e) { return error(e); }
    }

    // ---- consumer: polls by itself; commands are served between polls
    static void consumer(BufferedReader in, JsonNode first) throws Exception {
        KafkaConsumer<String, String> c = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
        if (first.hasNonNull("assign")) {
            List<TopicPartition> tps = new ArrayList<>();
            for (String s : first.get("assign").asText().split(",")) tps.add(tp(s));
            c.assign(tps);
        } else c.subscribe(Arrays.asList(first.get("topics").asText().split(",")));
        BlockingQueue<String> commands = new LinkedBlockingQueue<>();
        Thread reader = new Thread(() -> { try { for (String l; (l = in.readLine()) != null; ) commands.add(l); } catch (IOException ignored) { } commands.add("{\"do\":\"close\"}"); });
        reader.setDaemon(true); reader.start();
        TreeMap<String, String> received = new TreeMap<>();
        List<String> errors = new ArrayList<>();
        answer("ok");
        while (true) {
            try {
                for (ConsumerRecord<String, String> r : c.poll(Duration.ofMillis(100)))
                    received.merge(String.format("%s-%04d@%09d", r.topic(), r.partition(), r.offset()),
                        r.topic() + "-" + r.partition() + "@" + r.offset() + " " + (r.key() == null ? "-" : r.key()) + "=" + r.value(),
                        (a, b) -> a + " (again)");
            } catch (Exception e) { if (!errors.contains(error(e))) errors.add(error(e)); Thread.sleep(100); }
            for (String line; (line = commands.poll()) != null; ) {
                JsonNode d = json.readTree(line);
                try {
                    switch (d.get("do").asText()) {
                        case "read" -> { List<String> all = new ArrayList<>(received.values()); all.addAll(errors); received.clear(); errors.clear(); answer(all); }
                        case "commit" -> { c.commitSync(); answer("ok"); }
                        case "seek" -> { c.seek(tp(d.get("partition").asText()), d.get("offset").asLong()); answer("ok"); }
                        case "position" -> {
                            Map<String, Long> at = new TreeMap<>();
                            for (TopicPartition t : c.assignment()) at.put(t.toString(), c.position(t));
                            ConsumerGroupMetadata g = c.groupMetadata();
                            answer(Map.of("offsets", at, "group", g.groupId(), "generation", g.generationId(), "member", g.memberId()));
                        }
                        case "close" -> { c.close(); answer("ok"); return; }
                        default -> answer("unknown command");
                    }
                } catch (Exception e) { answer(error(e)); }
            }
        }
    }

    static TopicPartition tp(String s) { int i = s.lastIndexOf('-'); return new TopicPartition(s.substring(0, i), Integer.parseInt(s.substring(i + 1))); }

    // ---- admin
    static void admin(BufferedReader in) throws Exception {
        Admin a = Admin.create(config);
        answer("ok");
        for (String line; (line = in.readLine()) != null; ) {
            JsonNode c = json.readTree(line);
            try { answer(admin(a, c)); } catch (Exception e) { answer(error(e)); }
        }
    }

    static Object admin(Admin a, JsonNode c) throws Exception {
        String topic = c.path("topic").asText();
        switch (c.get("do").asText()) {
            case "create" -> {
                NewTopic t;
                if (c.hasNonNull("assignment")) {
                    Map<Integer, List<Integer>> m = new TreeMap<>();
                    int i = 0;
                    for (JsonNode p : c.get("assignment")) { List<Integer> r = new ArrayList<>(); p.forEach(x -> r.add(x.asInt())); m.put(i++, r); }
                    t = new NewTopic(topic, m);
                } else t = new NewTopic(topic, c.get("partitions").asInt(), (short) c.get("replication").asInt());
                Map<String, String> configs = new HashMap<>();
                c.path("configs").fields().forEachRemaining(e -> configs.put(e.getKey(), e.getValue().asText()));
                a.createTopics(List.of(t.configs(configs))).all().get();
                return "ok";
            }
            case "partitions" -> { a.createPartitions(Map.of(topic, NewPartitions.increaseTo(c.get("count").asInt()))).all().get(); return "ok"; }
            case "delete" -> { a.deleteTopics(List.of(topic)).all().get(); return "ok"; }
            case "config" -> {
                List<AlterConfigOp> ops = new ArrayList<>();
                c.get("configs").fields().forEachRemaining(e -> ops.add(new AlterConfigOp(new ConfigEntry(e.getKey(), e.getValue().asText()), AlterConfigOp.OpType.SET)));
                ConfigResource r = topic.isEmpty() ? new ConfigResource(ConfigResource.Type.BROKER, "") : new ConfigResource(ConfigResource.Type.TOPIC, topic);
                a.incrementalAlterConfigs(Map.of(r, ops)).all().get();
                return "ok";
            }
            case "unregister" -> { a.unregisterBroker(c.get("broker").asInt()).all().get(); return "ok"; }
            case "elect" -> {
                Set<TopicPartition> s = Set.of(tp(c.get("partition").asText()));
                ElectionType t = c.get("type").asText().equals("unclean") ? ElectionType.UNCLEAN : ElectionType.PREFERRED;
                Optional<Throwable> r = a.electLeaders(t, s).partitions().get().values().iterator().next();
                return r.isPresent() ? error(r.get()) : "ok";
            }
            case "reassign" -> {
                Optional<NewPartitionReassignment> to = Optional.empty();
                if (c.hasNonNull("replicas")) { List<Integer> r = new ArrayList<>(); c.get("replicas").forEach(x -> r.add(x.asInt())); to = Optional.of(new NewPartitionReassignment(r)); }
                a.alterPartitionReassignments(Map.of(tp(c.get("partition").asText()), to)).all().get();
                return "ok";
            }
            case "ends" -> {  // with a client of its own: an old one asks the leader it remembers first
                Map<String, Object> m = new TreeMap<>();
                try (Admin fresh = Admin.create(config)) {
                    for (JsonNode p : c.get("partitions")) {
                        m.put(p.asText(), end(fresh, tp(p.asText()), IsolationLevel.READ_UNCOMMITTED));
                        m.put(p.asText() + " lso", end(fresh, tp(p.asText()), IsolationLevel.READ_COMMITTED));
                    }
                }
                return m;
            }
            case "group" -> {
                String g = c.get("group").asText();
                ConsumerGroupDescription d = a.describeConsumerGroups(List.of(g)).all().get().get(g);
                List<Object> members = new ArrayList<>();
                for (MemberDescription x : d.members()) {
                    List<String> tps = new ArrayList<>(); x.assignment().topicPartitions().forEach(t -> tps.add(t.toString())); Collections.sort(tps);
                    members.add(Map.of("client", x.clientId(), "instance", x.groupInstanceId().orElse(""), "member", x.consumerId(), "assigned", tps));
                }
                Map<String, Long> committed = new TreeMap<>();
                a.listConsumerGroupOffsets(g).partitionsToOffsetAndMetadata().get().forEach((t, o) -> { if (o != null) committed.put(t.toString(), o.offset()); });
                return Map.of("state", d.groupState().toString(), "protocol", d.partitionAssignor(), "members", members, "committed", committed);
            }
            default -> { return "unknown command"; }
        }
    }

    static Object end(Admin a, TopicPartition t, IsolationLevel level) {
        try { return a.listOffsets(Map.of(t, OffsetSpec.latest()), new ListOffsetsOptions(level).timeoutMs(8000)).partitionResult(t).get().offset(); }
        catch (Exception e) { return "?"; }
    }
}
