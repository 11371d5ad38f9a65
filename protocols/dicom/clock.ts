/**
 * When an object was made, read where it lies (PS3.5, 6.2): Instance Creation Date `YYYYMMDD` (0008,0012), Time
 * `HHMMSS.FFFFFF` (0008,0013), and Timezone Offset From UTC `&ZZXX` (0008,0201) where the maker names its zone.
 * Nothing becomes a string; a value of another form says nothing.
 */

const MINUTE_US = 60e6;

export class CreationClock {
  private dayUs = Number.NaN;
  private timeUs = Number.NaN;
  private zoneUs = Number.NaN;

  begin(): void {
    this.dayUs = Number.NaN;
    this.timeUs = Number.NaN;
    this.zoneUs = Number.NaN;
  }

  date(view: DataView, at: number, length: number): void {
    if (length < 8) return;
    const [year, month, day] = [digits(view, at, 4), digits(view, at + 4, 2), digits(view, at + 6, 2)];
    const isPlausible = year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
    if (isPlausible) this.dayUs = Date.UTC(year, month - 1, day) * 1000;
  }

  /** Seconds must be there; their fraction may be. */
  time(view: DataView, at: number, length: number): void {
    if (length < 6) return;
    const [hour, minute, second] = [digits(view, at, 2), digits(view, at + 2, 2), digits(view, at + 4, 2)];
    if (!(hour <= 23 && minute <= 59 && second <= 60)) return;
    this.timeUs = ((hour * 60 + minute) * 60 + second) * 1e6;
    if (length < 8 || view.getUint8(at + 6) !== 0x2e) return;
    let worthUs = 1e5;
    for (let i = at + 7; i < at + length && worthUs >= 1; i++, worthUs /= 10) {
      const digit = view.getUint8(i) - 0x30;
      if (digit < 0 || digit > 9) return;
      this.timeUs += digit * worthUs;
    }
  }

  zone(view: DataView, at: number, length: number): void {
    if (length < 5) return;
    const sign = view.getUint8(at);
    const minutes = digits(view, at + 1, 2) * 60 + digits(view, at + 3, 2);
    if ((sign !== 0x2b && sign !== 0x2d) || !(minutes <= 14 * 60)) return;
    this.zoneUs = (sign === 0x2d ? -minutes : minutes) * MINUTE_US;
  }

  /** Its time minus `captureUs`, NaN unless it names its zone. */
  skewUs(captureUs: number): number {
    return this.dayUs + this.timeUs - this.zoneUs - captureUs;
  }

  /** The same without a zone, read as if it were UTC; NaN where a zone is named. */
  localSkewUs(captureUs: number): number {
    return Number.isNaN(this.zoneUs) ? this.dayUs + this.timeUs - captureUs : Number.NaN;
  }
}

function digits(view: DataView, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = view.getUint8(i) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
