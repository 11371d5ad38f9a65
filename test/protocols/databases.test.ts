import t from 'tap';
import { conversations } from '../../captures/protocols/make-databases.ts';
import { checkConversations } from '../support/conversation-checks.ts';

checkConversations(t, conversations);
