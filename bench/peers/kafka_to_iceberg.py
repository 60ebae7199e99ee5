"""Kafka to Iceberg as a script: librdkafka polls, pyarrow parses, DuckDB counts windows, PyIceberg appends at an interval.

One JSON document as the first line of stdin:
  {"job": "J1" | "J2" | "J3", "brokers", "topic", "catalog": REST uri, "s3": {endpoint, accessKeyId, secretAccessKey, region},
   "raw": "namespace.table", "windows": "namespace.table", "commitSeconds": 10, "maxRows": 1000000}
Says {"at": "ready"} when all is loaded and the tables stand, and works from the next line of stdin on: every message that the topic held
then, up to its end. Says {"at": "commit", "table", "rows", "seconds"} for each commit and {"at": "done", "events", "seconds"} at last,
one JSON text per line; seconds are counted from the start of the work.

What it does not do: late rows and bad messages. A message of another form ends it. Started again, the raw job goes on behind its last
commit; the jobs with windows want new tables, since the rows of open windows are kept in memory only.
"""
import gc
import json
import sys
import time

from confluent_kafka import Consumer, Message, TopicPartition

from events import use_jemalloc
from job import Job
from say import say

# A poll makes one object per message: more of them at once than the cores' caches hold cost twice the time.
POLL_MESSAGES = 2_000
# The reader is called with this many messages: enough for all cores, and the text is still in their caches.
PARSE_MESSAGES = 50_000
CONSUMER = {
    "enable.auto.commit": False,
    "queued.min.messages": 1_000_000,
    "queued.max.messages.kbytes": 65_536,
    "fetch.max.bytes": 64 << 20,
    "fetch.message.max.bytes": 10 << 20,
}


def main():
    use_jemalloc()
    options = json.loads(sys.stdin.readline())
    consumer = Consumer({**CONSUMER, "bootstrap.servers": options["brokers"], "group.id": "kafka-to-iceberg"})
    topic = options["topic"]
    found = consumer.list_topics(topic, timeout=30).topics[topic]
    if found.error:
        raise SystemExit(f"topic {topic}: {found.error}")
    partitions = sorted(found.partitions)
    job = Job(options, partitions)
    # Millions of messages come and go, none of them in a cycle: the collector would walk through all that are alive, for nothing.
    gc.collect()
    gc.freeze()
    gc.disable()
    say(at="ready")
    sys.stdin.readline()
    job.started = time.monotonic()
    events = run(consumer, topic, partitions, job, options)
    say(at="done", events=events, seconds=time.monotonic() - job.started)
    sys.stdin.readline()
    consumer.close()


def run(consumer, topic, partitions, job, options):
    """From the committed offsets to the present ends of the partitions; how many messages that were."""
    ends = {}
    for partition in partitions:
        low, ends[partition] = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=30)
        job.start.setdefault(partition, low)
    consumer.assign([TopicPartition(topic, partition, job.start[partition]) for partition in partitions])
    at = dict(job.start)
    values, numbers, since_commit, events = [], [], 0, 0
    due = time.monotonic() + options["commitSeconds"]
    while True:
        messages = consumer.consume(POLL_MESSAGES, timeout=0.1)
        if any(map(Message.error, messages)):
            raise SystemExit(f"Kafka: {next(filter(None, map(Message.error, messages)))}")
        values.extend(map(Message.value, messages))
        if job.windows:
            numbers.extend(map(Message.partition, messages))
        events += len(messages)
        since_commit += len(messages)
        if messages:
            for part in consumer.position([TopicPartition(topic, partition) for partition in partitions]):
                at[part.partition] = part.offset if part.offset >= 0 else at[part.partition]
        ended = all(at[partition] >= ends[partition] for partition in partitions)
        is_due = ended or since_commit >= options["maxRows"] or time.monotonic() >= due
        if values and (is_due or len(values) >= PARSE_MESSAGES):
            job.take(values, numbers)
            values, numbers = [], []
        if is_due:
            job.commit(dict(at))
            since_commit, due = 0, time.monotonic() + options["commitSeconds"]
        if ended:
            job.wait()
            return events


if __name__ == "__main__":
    main()
