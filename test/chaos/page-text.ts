/** The part of docs/crash-matrix.md that is the same for every run. */
export const pageText = `# Crash matrix

What happens to the events when a process dies, stands still, loses its network, or a request to the catalog or the store goes wrong:
each case below breaks one thing at one named moment of a batch, on real servers, and then looks at every event, every file and every
commit. This page is written by the run itself.

    npm run chaos                                    # all cases, on servers of its own; writes this page
    npm run chaos -- --list                          # the names of the cases
    npm run chaos -- --only "Nessie, SIGKILL"        # those whose name contains the text
    npm run chaos -- --seed 7 --json outcomes.json   # other events; outcomes for machines
    npm run chaos -- --help

Twelve cases that leave the servers alone are part of \`npm test\`, and two in which the catalog is killed, on servers of their own
(\`test/real/chaos/\`).

## How a case goes

1. A pipeline of its own (topic with 3 partitions, raw table, one-minute windows, batches of at most 450 events) and 1,500 seeded events
   with a number each. 900 of them wait in Kafka when the pipeline starts. In cases called _amending_ it has hopping windows and sessions,
   too, and every seventh event comes up to two and a half minutes late: the batch that is struck changes windows that are published.
2. The worker runs the shipped code; its clients are wrapped (\`test/chaos/chaos-worker.ts\`). At the case's point of the case's batch it
   reports and waits. The fault strikes, and only then does the worker go on, if it can. **A case whose fault never strikes fails.**
3. What was struck comes back: a server is started again with its data after 1.5 s, a stopped process gets SIGCONT after 20 s (36 s where
   the name says so), a network is mended after 20 s. When the worker is the victim another one is started at once, and the first, if it
   was only stopped or cut off, returns to its old work while the other is far ahead.
4. 375 events more, then, when no request is held back any longer, the last 225. The case waits until all are on \`main\`, stops the
   pipeline, and ends its workers.
5. The checks, see the columns. Any deviation, a pipeline that failed, or a worker that ended by itself fails the case.

Faults inside compaction, expiry and sweep (\`compaction: …\`, …; \`test/chaos/upkeep/\`) strike while batches go on: once the first 900 events are
published, in batches of at most 225, main is tagged, and the upkeep's workflow is started. For a sweep, newer snapshots are compacted and
expired before, twelve files that nobody names are put beside the table's, and a first run has listed what goes; history and grace are 0,
so that only refs protect files. When the upkeep has ended it is run once more. Beside the usual checks: the tag's rows, read from the
store file by file, are those of before; the upkeep did its work; branches that a dead attempt left are dropped by clean-branches;
the twelve files are gone, and no file of any ref is.

Cases that kill or stop servers have a stack to themselves. Those that want the same blow run side by side, each with its own pipeline and
worker, and are struck together once all stand at their points; alone (\`--only\`) each is struck by itself. The other cases share a second
stack, four at a time. Both stacks are started with fresh data on free ports, and everything that was started is ended, also after Ctrl-C.

Every worker is connected through proxies of its own (\`test/chaos/wires.ts\`): a TCP line to each server that can be cut or fall silent,
and before Nessie and S3 an HTTP proxy that loses answers, answers 503 after applying, delivers twice, holds back, delays, and breaks off
half way. It leaves the Host header as it came: S3 signatures cover it. Kafka tells its clients where to connect, which would lead them past
the line: the line replaces the port in those answers, 4 bytes by 4 bytes.

## Names

\`victim, fault, point\`. Victims: the worker; a _second worker_ that meets the fault at the same point while it takes over from a first one
that was killed there; Nessie, the S3 store, Kafka, Temporal; all servers at once; a _request_ (one HTTP request goes wrong, no process fails);
a _late request_ (while the worker waits at the point, the catalog is changed as a request of a dead attempt would change it). _Branch stands_: the
audit branch cannot be deleted before the merge held back has arrived, so that the catalog must refuse it by its
keys, or find that it was applied already: the branch's absence does not save us.

| fault               | what is done                                                                                                   |
| ------------------- | -------------------------------------------------------------------------------------------------------------- |
| SIGKILL             | the process is gone at once                                                                                    |
| SIGSTOP             | it stands still for 20 s, longer than the heartbeat time-out of an activity (15 s), then SIGCONT               |
| network cut         | its connections are reset and new ones too, for 20 s: to all servers for a worker, else to that server         |
| network silent      | nothing is carried for 36 s, longer than clients wait (30 s); what was sent meanwhile **arrives afterwards**   |
| answer lost         | the server applies the request, the client's connection is reset                                               |
| 503 after applying  | the server applies the request, the client is told 503                                                         |
| delivered twice     | the server gets the request twice, the client the second answer                                                |
| held back, delayed  | the request is delivered later: \`merge held back\` after 60 s, with the client cut off; delayed: it still waits |
| broken off half way | the server gets half of the body                                                                               |

| point                      | the worker waits                                                                   |
| -------------------------- | ---------------------------------------------------------------------------------- |
| during read                | before it reads its offsets from Kafka                                             |
| before upload              | with the Parquet files written, none of them stored                                |
| after upload               | with the first data file stored                                                    |
| windows stored             | with the first file of a window table stored                                       |
| after stage                | with all tables committed to the audit branch, the workflow not yet told           |
| during audit               | before it reads the first file back                                                |
| before merge               | with the merge request ready                                                       |
| merge applied, answer lost | main holds the batch, the worker does not know                                     |
| merge held back            | the merge is under way and arrives 60 s later, whatever happened meanwhile         |
| after merge                | main holds the batch and the worker knows, the workflow not yet told               |
| during announce            | before the offsets are shown to Kafka                                              |
| compaction: during rewrite | with the first file to be rewritten read                                           |
| compaction: after upload   | with the first new file stored                                                     |
| compaction: after commit   | with the change committed to its branch                                            |
| …: before, after merge     | as in a batch; the answer lost, too                                                |
| sweep: while marking       | before it reads the first metadata                                                 |
| sweep: list written        | with the list of candidates stored, before the first deletion                      |
| sweep: half way through …  | with half of the files deleted                                                     |

\`second worker, …, after merge\` and \`merge applied, answer lost\`: the first worker died with its batch on main, where the second one finds it; the
second meets its fault at the same point of the batch that follows.

Faults, points and victims are run as a whole product: three faults (SIGKILL, SIGSTOP, network cut) at the nine points of a batch
that the table names beside \`during read\` and \`windows stored\`, to six victims, are 162 cases, also where the victim is not asked for
anything at that point. Beside the product: \`during read\`, \`windows stored\`, silent networks, longer stops, all servers at once, single requests, late
requests, amending batches, upkeep.

Not run, and why:

- All servers stopped at once, two faults in one batch: each was alone.
- Upkeep: Kafka (upkeep never asks it), Temporal (its activities are as those of batches), the second worker; stops and cuts at points beside those
  listed. Windows joined with streams or tables, which have no more requests than others.

## Columns

| column        | meaning                                                                                                              |
| ------------- | -------------------------------------------------------------------------------------------------------------------- |
| lost, doubled | produced events that are not in the raw table; rows beyond the first of an event. Foreign or altered rows fail too   |
| batches       | commits of main that carry the pipeline's progress, each following the one before                                    |
| verify        | \`sluice verify\`: ranges tile, counts agree, no duplicates, windows follow from raw, every commit whole; none late    |
| windows       | the window table against counts over the produced events, computed without SQL, for what the watermark has closed    |
| files missing | HEAD of every file that any ref of the catalog names, over all snapshots: metadata and its log, manifest lists, manifests, data |
| watermark     | along main's log it never goes back, and no partition's offset does                                                  |
| branches left | audit branches of the pipeline after its end                                                                         |
| decision s    | from the blow until all 900 events of before it were published; of upkeep: until its run ended.                       |
| after s       | the same from when what was struck worked again; 0.0: decided before that, by another worker                         |
| took s        | the whole case; all times are the machine's: the cases run beside each other on two cores                            |
| seen          | the catalog's answers to requests lost, doubled or held back; who published the batch, by Temporal's history         |

A worker that was killed, or cut off, must not be the one that published the struck batch, or the case fails. One that stood still may: its open
request for work can get it the second attempt, too, which then has to time out as well.

At the very end every file of every ref of the whole stack is asked for once more.

## Found by it, and mended

- A late delete of an audit branch, between the look at it and the merge, ended the pipeline with REF_NOT_FOUND. The batch is staged again.
- A branch that came back after its batch was published (created by a stopped attempt or a late request) stayed for ever and held its
  files. The next batch drops it.
- \`createTopic\` failed when a freshly started broker did not know the new topic yet.

## Seen once, not explained

In \`second worker, SIGSTOP, before merge\`, on a machine with a load average of 30 on two cores, the worker that had stood still ended by
itself with exit status 1 after SIGCONT, and its log was not kept. Every event was in the tables once; another worker had taken over. Run
again, the case ended well. The logs of all workers are kept now whenever a case has a problem.
`;
