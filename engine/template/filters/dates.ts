/** Filters on dates. */
import { toStr, truth } from '../convert.ts';
import { formatTime, momentFields, parseTime } from '../methods/datetime.ts';
import { filter, type Filter } from '../registry.ts';

export const dateFilters: Readonly<Record<string, Filter>> = {
  strftime: filter('second? utc?', (value, [seconds, utc = false], { env }) => {
    const fields = momentFields(seconds, env.now?.() ?? Date.now(), truth(utc));
    return formatTime(toStr(value, 'a date format'), fields, truth(utc) ? 'utc' : 'local');
  }),
  to_datetime: filter('format?', (value, [format = '%Y-%m-%d %H:%M:%S']) => parseTime(toStr(value, 'a date'), toStr(format))),
};
