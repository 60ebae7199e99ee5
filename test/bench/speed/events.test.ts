import { eventLines, type EventOptions } from '../../../bench/speed/events';

const options: EventOptions = { events: 2000, seed: 7, stepUs: 600 };
const START_MS = Date.UTC(2026, 0, 1);

describe('eventLines', () => {
  it('gives equal lines for equal options, others for another seed', () => {
    const texts = (seed: number): readonly string[] => [...eventLines({ ...options, seed })].map(({ text }) => text);
    expect(texts(7)).toEqual(texts(7));
    expect(texts(8)).not.toEqual(texts(7));
  });

  it('writes one JSON object of about 145 bytes a line, with the time that it tells', () => {
    const lines = [...eventLines(options)];
    expect(lines).toHaveLength(2000);
    for (const [index, { text, timeMs }] of lines.entries()) {
      const event = JSON.parse(text) as { user_id: number; event_time: string; properties: Record<string, string> };
      expect(event.event_time).toBe(new Date(timeMs).toISOString());
      expect(event.user_id).toBeLessThan(100_000);
      expect(Object.keys(event.properties)).toEqual(['page', 'device', 'session']);
      const place = START_MS + Math.floor(index * 0.6);
      expect(timeMs - place).toBeGreaterThanOrEqual(0);
      expect(timeMs - place).toBeLessThan(3000);
    }
    const mean = lines.reduce((sum, { text }) => sum + text.length, 0) / lines.length;
    expect(mean).toBeGreaterThan(140);
    expect(mean).toBeLessThan(150);
  });

  it('has all seven types of events', () => {
    const types = [...eventLines(options)].map(({ text }) => (JSON.parse(text) as { event_type: string }).event_type);
    expect(new Set(types).size).toBe(7);
  });
});
