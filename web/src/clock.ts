// Two times: that of the service, and the time of the sky that is shown, which can be moved, run faster and stand still.

export class Clock {
  /** Milliseconds that the service's clock is ahead of this machine's. */
  private ahead_ms = 0;
  private shown_ms: number | null = null;
  private since = 0;
  speed = 1;
  playing = true;

  setService(now: string): void {
    this.ahead_ms = Date.parse(now) - Date.now();
  }

  /** Now, by the service. */
  service(): number {
    return Date.now() + this.ahead_ms;
  }

  get live(): boolean {
    return this.shown_ms === null;
  }

  /** The time of the sky. */
  now(): number {
    if (this.shown_ms === null) return this.service();
    return this.shown_ms + (this.playing ? (performance.now() - this.since) * this.speed : 0);
  }

  goLive(): void {
    this.shown_ms = null;
    this.speed = 1;
    this.playing = true;
  }

  goTo(time_ms: number): void {
    this.shown_ms = time_ms;
    this.since = performance.now();
  }

  setPlaying(playing: boolean): void {
    const now = this.now();
    this.playing = playing;
    if (!playing || this.shown_ms !== null) this.goTo(now);
  }

  setSpeed(speed: number): void {
    const now = this.now();
    this.speed = speed;
    if (speed !== 1 || this.shown_ms !== null) this.goTo(now);
  }

  /** Seconds of the sky per second. */
  pace(): number {
    return this.shown_ms === null ? 1 : this.playing ? this.speed : 0;
  }
}
